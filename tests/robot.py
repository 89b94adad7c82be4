"""A machine that speaks the protocol, for tests: boots, joins, claims, reports, phones home."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from httpx2 import Response

from rackwright.values.install import State
from rackwright_wire import PROTOCOL
from tests.story import ON_THE_WAY, Site, mac_of

DISK = {
    "device": "/dev/vda", "path": "pci-0000:00:05.0", "serial": "DISK0001", "wwn": "", "size_bytes": 8 << 30,
    "logical_sector_bytes": 512, "physical_sector_bytes": 512, "transport": "virtio",
    "contents": {"parts": [], "systems": [], "sampled": 8, "filled": 0, "digest": ""},
}  # fmt: skip
ESP = "1A2B-3C4D"


def a_boot() -> str:
    return str(uuid4())


@dataclass
class Robot:
    """`twice`: sends every message a second time, which must change nothing and get the same answer."""

    site: Site
    number: int = 1
    serial: str = ""
    address: str = ""
    boot_id: str = field(default_factory=a_boot)
    session: str = ""
    token: str = ""
    seq: int = 0
    twice: bool = False
    disks: tuple[dict[str, Any], ...] = (DISK,)

    def __post_init__(self) -> None:
        self.serial = self.serial or f"SN{self.number:04}"
        self.address = self.address or f"10.77.0.{100 + self.number}"

    def reboots(self) -> Robot:
        """The same machine with a new boot of the RAM OS."""
        return replace(self, boot_id=a_boot(), session="", token="", seq=0)

    def facts(self, **given: Any) -> dict[str, Any]:
        mac = mac_of(self.number)
        nics = [{"name": "eth0", "mac": mac, "link": True}]
        known = {"serial": self.serial, "model": "Standard PC", "vendor": "QEMU", "boot_mode": "bios", "boot_mac": mac}
        return {**known, "nics": nics, "disks": list(self.disks), **given}

    def asks_to_boot(self, **query: str) -> str:
        asked = {"mac": mac_of(self.number).replace(":", "-"), "serial": self.serial, "platform": "pcbios", **query}
        return self._twice(lambda: self._client().get("/v1/boot", params=asked)).text

    def joins(self, **facts: Any) -> dict[str, Any]:
        message = {"protocol": PROTOCOL, "boot_id": self.boot_id, "facts": self.facts(**facts)}
        answer = self.post("/v1/join", message)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        self.session, self.token = said["session"], said["token"]
        return said

    def polls(self, **progress: Any) -> dict[str, Any]:
        message: dict[str, Any] = {"session": self.session, "boot_id": self.boot_id}
        if progress:
            message["progress"] = {"step": "write_image", **progress}
        answer = self.post("/v1/poll", message)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def claims(self, **given: Any) -> Response:
        order = self.polls()
        install = self.site.install(f"web{self.number:02}")
        disk = order.get("disk") or {"serial": "DISK0001", "wwn": "", "path": "pci-0000:00:05.0"}
        message = {
            "session": self.session, "boot_id": self.boot_id, "install": install.id, "attempt": install.attempt,
            "act": "image", "disks": [disk],
        } | given  # fmt: skip
        return self.post("/v1/claim", message)

    def reports(self, kind: str, **values: Any) -> dict[str, Any]:
        self.seq += 1
        return self.sends({"seq": self.seq, "kind": kind, "values": values}).json()

    def sends(self, *events: dict[str, Any]) -> Response:
        return self.post("/v1/events", {"session": self.session, "boot_id": self.boot_id, "events": list(events)})

    def hands_over(self, **values: Any) -> dict[str, Any]:
        proof = {"boot_mode": "bios", "esp_volume_id": ESP, "root_uuid": "u", "disk_serial": "DISK0001"}
        return self.reports("handing_over", **(proof | values))

    def phones_home(self, **given: str) -> Response:
        install = self.site.install(f"web{self.number:02}")
        form = {
            "install": install.id, "token": self.site.context.first_boot_token(install.id, install.attempt),
            "hostname": f"web{self.number:02}", "root_disk_serial": "DISK0001", "boot_mode": "bios",
            "addresses": self.address, "script_exit": "0",
        } | given  # fmt: skip
        return self._twice(lambda: self._client().post("/v1/phone-home", data=form))

    def fetches(self, sha256: str, token: str | None = None) -> Response:
        return self._client().get(f"/v1/images/{sha256}", headers=self._headers(token))

    def post(self, path: str, message: Any) -> Response:
        return self._twice(lambda: self._client().post(path, json=message, headers=self._headers(None)))

    def reach(self, state: State) -> Robot:
        """From an armed install to the state, step by step over the door; the robot that stands there."""
        if state is State.HELD:
            self.reach(State.INSPECTING)
            self.serial = "OTHER"
            self.joins()
        elif state is State.FAILED:
            self.reach(State.INSTALLING)
            self.reports("install_failed", step="write_image", error="the disk broke")
        elif state is State.CANCELLED:
            self.reach(State.WAITING)
            self.site.cancel(f"web{self.number:02}")
        else:
            self.again(state)
        assert self.site.state(f"web{self.number:02}") is state
        return self

    def again(self, state: State) -> Robot:
        """From a queued install whose machine runs a system or idles to the state."""
        for step in ON_THE_WAY[1 : ON_THE_WAY.index(state) + 1]:
            self.go_on_to(step)
        return self

    def go_on_to(self, state: State) -> None:
        match state:
            case State.STARTING:
                self.site.tick()
            case State.INSPECTING:
                self.site.power()
                self.asks_to_boot()
            case State.WAITING:
                self.joins()
            case State.GRANTED:
                self.site.tick()
            case State.INSTALLING:
                assert self.claims().json()["granted"]
            case State.FIRST_BOOT:
                self.hands_over()
            case _:
                self.phones_home()

    def _twice(self, send: Any) -> Response:
        answer: Response = send()
        if self.twice:
            name = f"web{self.number:02}"
            before = self.site.install(name), self.site.kinds(name)
            again: Response = send()
            assert (again.status_code, again.text) == (answer.status_code, answer.text)
            assert (self.site.install(name), self.site.kinds(name)) == before
        return answer

    def _client(self) -> Any:
        return self.site.client(self.address)

    def _headers(self, token: str | None) -> dict[str, str]:
        given = self.token if token is None else token
        return {"Authorization": f"Bearer {given}"} if given else {}
