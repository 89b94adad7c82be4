"""iPXE scripts. Only parsed values get in: nothing that a machine says is text here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from rackwright.values.boot import BootAnswer, BootRequest, Boots, Firmware

# netX is the port that iPXE really booted from; `:uristring` and `:hexhyp` are iPXE's own encodings.
_ASKS = (
    "mac=${netX/mac:hexhyp}&uuid=${uuid}&serial=${serial:uristring}&product=${product:uristring}"
    "&manufacturer=${manufacturer:uristring}&asset=${asset:uristring}&platform=${platform}&arch=${buildarch}"
)


@dataclass(frozen=True, slots=True)
class RamOs:
    """Where the RAM OS is, and what its kernel is told. `console` is `ttyS0,115200n8`."""

    url: str
    console: str
    shell: bool


def first_script(url: str) -> str:
    """What every machine gets from DHCP's URL: it asks again, this time saying who it is.

    `--replace`: the answer's own exit status must reach the firmware, not this script's retry. After three
    tries the firmware goes on to its next device: a server that is down never keeps a machine from its disk.
    """
    tries = "".join(
        f"echo Asking Rackwright at {url} what to boot\n"
        f"chain --replace --autofree {url}/v1/boot?{_ASKS} || echo No answer, try {number} of 3\n"
        f"sleep {5 * number}\n"
        for number in (1, 2, 3)
    )
    return f"#!ipxe\n{tries}echo Rackwright does not answer; the firmware goes on\nexit 1\n"


def script(answer: BootAnswer, request: BootRequest, ram_os: RamOs) -> str:
    """The script for one machine. Raises nothing: every answer has a script for either firmware."""
    match answer.boots:
        case Boots.RAM_OS:
            return _ram_os(request, ram_os)
        case Boots.DISK:
            return _disk(answer, request, ram_os.url)
        case _:
            assert_never(answer.boots)


def _ram_os(request: BootRequest, ram_os: RamOs) -> str:
    bootif = "01-" + request.mac.replace(":", "-")
    shell = " rackwright.shell=1" if ram_os.shell else ""
    arguments = (
        f"initrd=initrd.img console=tty0 console={ram_os.console} rackwright.server={ram_os.url} BOOTIF={bootif}{shell}"
    )
    return (
        "#!ipxe\n"
        "echo Rackwright: starting the RAM OS\n"
        f"kernel {ram_os.url}/ramos/vmlinuz {arguments} || goto failed\n"
        f"initrd --name initrd.img {ram_os.url}/ramos/initrd.img || goto failed\n"
        "boot || goto failed\n"
        ":failed\n"
        "echo The RAM OS could not be started\n"
        "exit 1\n"
    )


def _disk(answer: BootAnswer, request: BootRequest, url: str) -> str:
    """BIOS: the first disk of the firmware's order. UEFI: `exit 1` alone walks every other network option
    first (112 s on OVMF), so a small loader finds the disk; `exit` without a status ends in the set-up screen.
    On a line of its own: GRUB always exits with success, so coming back from it at all is the failure."""
    if request.firmware is Firmware.BIOS:
        return "#!ipxe\necho Rackwright: booting the local disk\nsanboot --no-describe --drive 0x80 || exit\n"
    esp = f"?esp={answer.esp}" if answer.esp else ""
    return f"#!ipxe\necho Rackwright: booting the local disk\nchain {url}/localboot.efi{esp} ||\nexit 1\n"
