"""What `rackwright check` finds, on hosts that are a few values each."""

from __future__ import annotations

import json
import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rackwright import words
from rackwright.app.check_host import Database, check_host
from rackwright.app.check_networks import Interface, PortState, refused_dhcp, suggested_ipv6
from rackwright.app.finding import Finding, Level
from rackwright.settings import AliveSettings, HookSettings, Settings
from rackwright.values.errors import OperatorMustFix, Transient
from rackwright.values.network import Network
from rackwright.words import texts_host

RAMOS, IPXE = Path("/usr/share/rackwright/ramos"), Path("/usr/lib/ipxe")
RACK = Network("rack", "br0", "10.77.0.1", 24, "10.77.0.100", "10.77.0.199")
HALL = Network("hall", "eth1", "10.20.0.1", 24, "10.20.0.100", "10.20.0.199")
SHA = "a" * 64
RAMOS_FILES = {str(RAMOS / name): SHA for name in ("vmlinuz", "initrd.img", "localboot.efi")}
MANIFEST = json.dumps({"format": 1, "files": {Path(path).name: {"sha256": SHA, "bytes": 1} for path in RAMOS_FILES}})
KNOWN = Database("0001", "0001", 2)
UP = Interface(True, ("10.77.0.1/24", "fd77::1/64", "fe80::1/64"))


@dataclass(frozen=True)
class FakeHost:
    """A host on which everything is right, but for what a test replaces."""

    why_not_writable: str = ""
    files: dict[str, str] = field(
        default_factory=lambda: RAMOS_FILES | {str(IPXE / name): SHA for name in ("undionly.kpxe", "snponly.efi")}
    )
    manifest: str | None = MANIFEST
    programs: tuple[str, ...] = ("ipmitool", "dnsmasq")
    known: Database | Exception = KNOWN
    interfaces: dict[str, Interface] = field(
        default_factory=lambda: {"br0": UP, "eth1": Interface(True, ("10.20.0.1/24", "fd20::1/64"))}
    )
    ports: dict[tuple[str, int], PortState] = field(default_factory=dict)
    servers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    can_probe: bool = True
    can_ping: bool = True
    time_s: float = 1_790_000_000.0
    synchronised: bool = True

    def refusal_to_write(self, directory: Path) -> str:
        return self.why_not_writable

    def text(self, file: Path) -> str | None:
        return self.manifest

    def sha256(self, file: Path) -> str | None:
        return self.files.get(str(file))

    def program(self, name: str) -> str | None:
        return f"/usr/sbin/{name}" if name in self.programs else None

    def may_ping(self) -> bool:
        return self.can_ping

    def database(self, settings: Settings) -> Database:
        if isinstance(self.known, Exception):
            raise self.known
        return self.known

    def interface(self, name: str) -> Interface | None:
        return self.interfaces.get(name)

    def port(self, protocol: str, address: str, port: int, interface: str = "") -> PortState:
        return self.ports.get((protocol, port), PortState.FREE)

    def other_dhcp_servers(self, interface: str, own: Sequence[str]) -> tuple[str, ...]:
        if not self.can_probe:
            raise OperatorMustFix("dhcp_probe_needs_root", interface=interface)
        return tuple(server for server in self.servers.get(interface, ()) if server not in own)

    def now_s(self) -> float:
        return self.time_s

    def clock_synchronised(self) -> bool:
        return self.synchronised


def check(host: FakeHost, *networks: Network, settings: Settings | None = None) -> list[Finding]:
    return check_host(settings or Settings(), networks or (RACK,), host)


def bad(findings: list[Finding]) -> list[tuple[Level, str]]:
    return [(finding.level, finding.key) for finding in findings if finding.level is not Level.OK]


def test_a_host_on_which_all_is_right_has_nothing_but_ok() -> None:
    findings = check(FakeHost(), RACK, HALL)
    assert bad(findings) == []
    assert len(findings) >= 10


FILES = FakeHost().files
WRONG: list[tuple[str, FakeHost, Level, str]] = [
    ("clock years behind", FakeHost(time_s=1_000_000.0), Level.ERROR, "clock_wrong"),
    ("clock kept by nobody", FakeHost(synchronised=False), Level.WARNING, "clock_not_synchronised"),
    ("state_dir", FakeHost(why_not_writable="denied"), Level.ERROR, "state_dir_not_writable"),
    ("database down", FakeHost(known=Transient("database_unreachable", error="x")), Level.ERROR,
     "database_unreachable"),
    ("database newer", FakeHost(known=Database("0009", "0001", 1)), Level.ERROR, "database_newer"),
    ("no images", FakeHost(known=Database("0001", "0001", 0)), Level.WARNING, "images_none"),
    ("no ipmitool", FakeHost(programs=("dnsmasq",)), Level.ERROR, "program_missing"),
    ("no dnsmasq", FakeHost(programs=("ipmitool",)), Level.ERROR, "program_missing"),
    ("no right to ping", FakeHost(can_ping=False), Level.ERROR, "ping_not_allowed"),
    ("no RAM OS", FakeHost(manifest=None), Level.ERROR, "ramos_missing"),
    ("no kernel", FakeHost(files={p: s for p, s in FILES.items() if "vmlinuz" not in p}), Level.ERROR,
     "ramos_file_missing"),
    ("another initrd", FakeHost(files=FILES | {str(RAMOS / "initrd.img"): "b" * 64}), Level.ERROR,
     "ramos_file_differs"),
    ("no BIOS loader", FakeHost(files={p: s for p, s in FILES.items() if "undionly" not in p}), Level.ERROR,
     "ipxe_missing"),
    ("API's port", FakeHost(ports={("tcp", 7740): PortState.TAKEN}), Level.ERROR, "api_port_taken"),
    ("door's port", FakeHost(ports={("tcp", 8080): PortState.TAKEN}), Level.ERROR, "port_taken"),
    ("DHCP's port", FakeHost(ports={("udp", 67): PortState.TAKEN}), Level.ERROR, "port_taken"),
    ("TFTP's port", FakeHost(ports={("udp", 69): PortState.FORBIDDEN}), Level.ERROR, "port_forbidden"),
    ("no interface", FakeHost(interfaces={}), Level.ERROR, "interface_missing"),
    ("interface down", FakeHost(interfaces={"br0": replace(UP, up=False)}), Level.ERROR, "interface_down"),
    ("another address", FakeHost(interfaces={"br0": Interface(True, ("10.77.0.2/24",))}), Level.ERROR,
     "interface_address"),
    ("another prefix", FakeHost(interfaces={"br0": Interface(True, ("10.77.0.1/16",))}), Level.ERROR,
     "interface_address"),
    ("IPv4 alone", FakeHost(interfaces={"br0": Interface(True, ("10.77.0.1/24", "fe80::1/64"))}), Level.WARNING,
     "interface_no_ipv6"),
    ("another server", FakeHost(servers={"br0": ("10.77.0.9",)}), Level.ERROR, "dhcp_other_server"),
    ("no probe", FakeHost(can_probe=False), Level.ERROR, "dhcp_not_probed"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "level", "key"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_one_thing_wrong_is_one_finding_with_a_hint(host: FakeHost, level: Level, key: str) -> None:
    findings = check(host)
    assert bad(findings) == [(level, key)]
    assert [finding.hint for finding in findings if finding.key == key] != [""]


@pytest.mark.parametrize(("program", "key"), [("ipmitool", "hook_good"), ("/opt/ask", "hook_missing")])
def test_the_pre_install_hook_is_looked_for(program: str, key: str) -> None:
    settings = Settings(pre_install_hook=HookSettings(command=[program]), network=[])
    assert key in [finding.key for finding in check_host(settings, (), FakeHost())]


def test_who_does_not_ping_needs_no_right_to() -> None:
    settings = Settings(alive=AliveSettings(ping=False))
    assert not [f for f in check_host(settings, (), FakeHost(can_ping=False)) if "ping" in f.key]


@pytest.mark.parametrize("manifest", ["", "{", "[]", "{}", '{"files": []}', '{"files": {"vmlinuz": 1}}'])
def test_a_manifest_of_another_form_trusts_no_file(manifest: str) -> None:
    assert bad(check(FakeHost(manifest=manifest))) == [(Level.ERROR, "ramos_file_differs")] * 3


@pytest.mark.parametrize(
    ("network", "key"),
    [
        (replace(RACK, range_first="", range_last=""), "network_range_wrong"),
        (replace(RACK, range_first="10.77.0.199", range_last="10.77.0.100"), "network_range_wrong"),
        (replace(RACK, range_last="10.78.0.1"), "network_range_wrong"),
        (replace(RACK, range_first="ten", range_last="twelve"), "network_range_wrong"),
        (replace(RACK, range_first="10.77.0.1"), "network_range_has_own"),
        (replace(RACK, gateway="10.78.0.1"), "network_gateway_outside"),
        (replace(RACK, gateway="gate"), "network_not_ipv4"),
        (replace(RACK, dns=("8.8.8",)), "network_not_ipv4"),
    ],
)
def test_settings_of_a_network_that_disagree_are_named(network: Network, key: str) -> None:
    assert bad(check(FakeHost(), network)) == [(Level.ERROR, key)]


def test_without_dhcp_nothing_is_probed_or_needed() -> None:
    host = FakeHost(can_probe=False, ports={("udp", 67): PortState.TAKEN})
    assert bad(check(host, replace(RACK, dhcp=False, range_first="", range_last=""))) == []


def test_dhcp_is_refused_where_another_server_answers_and_only_there() -> None:
    findings = check(FakeHost(servers={"eth1": ("10.20.0.9", "10.20.0.1")}), RACK, HALL)
    assert refused_dhcp(findings) == {"hall"}
    assert [finding.values["servers"] for finding in findings if finding.key == "dhcp_other_server"] == ["10.20.0.9"]
    assert refused_dhcp(check(FakeHost(can_probe=False), RACK, HALL)) == {"rack", "hall"}
    assert refused_dhcp(check(FakeHost(), RACK, HALL)) == frozenset()


def test_without_networks_no_machine_can_boot() -> None:
    assert bad(check_host(Settings(), (), FakeHost(programs=("ipmitool",)))) == [(Level.WARNING, "networks_none")]


@pytest.mark.parametrize("listen", ["fd:3", "[::1]:7740", "127.0.0.1:7740"])
def test_the_api_listens_on_a_socket_or_an_address(listen: str) -> None:
    assert bad(check(FakeHost(), settings=Settings.model_validate({"api": {"listen": listen}}))) == []


@pytest.mark.parametrize("listen", ["7740", ":7740", "x:", "x:y", "fd:x", ""])
def test_anything_else_is_no_address_to_listen_on(listen: str) -> None:
    findings = check(FakeHost(), settings=Settings.model_validate({"api": {"listen": listen}}))
    assert bad(findings) == [(Level.ERROR, "api_listen_wrong")]


def test_the_suggested_ipv6_address_is_unique_local_and_stays_the_same() -> None:
    assert suggested_ipv6(RACK).startswith("fd")
    assert suggested_ipv6(RACK) == suggested_ipv6(RACK) != suggested_ipv6(HALL)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_finding_and_hint_has_words_that_its_values_fill(language: str) -> None:
    found = [finding for row in WRONG for finding in check(row[1])] + check(FakeHost(), RACK, replace(HALL, dhcp=False))
    for finding in found:
        for key in filter(None, (finding.key, finding.hint)):
            template = words.texts(language)[key]
            assert words.say(language, key, finding.values) == template.format_map(finding.values)


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    assert texts_host.EN.keys() == texts_host.ZH.keys()
    for key, english in texts_host.EN.items():
        assert fields(english) == fields(texts_host.ZH[key]), key


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
