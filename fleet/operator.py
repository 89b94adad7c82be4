"""The operator: arms everything, then cancels, retries, protects and edits the register at the worst moments."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from fleet.api import NOT_THERE, Api, Said
from fleet.http import Unreachable
from fleet.machine import Machine, Phase
from fleet.rack import OWNER
from fleet.seen import InstallSeen
from fleet.truth import Interval, Truth, now_us

REPAIR_S = 3.0
LIVE_OK = 0.8  # how often a person says that a running machine may be powered off
LIMITS = ((40, 15), (20, 8), (60, 25), (30, 15))


class Operator:
    """`installs` gives each machine's latest install by hostname, as it was sampled last."""

    def __init__(
        self, api: Api, machines: Sequence[Machine], truth: Truth, seed: int,
        installs: Callable[[], dict[str, InstallSeen]],
    ) -> None:  # fmt: skip
        self._api, self._truth, self._installs = api, truth, installs
        self._machines = [machine for machine in machines if machine.body.row]
        self._rng = random.Random(f"operator/{seed}")
        self._repairs: set[asyncio.Task[None]] = set()

    async def arm_all(self) -> None:
        await self._until_ok(lambda: self._arm_owned())

    async def _arm_owned(self) -> Said:
        plan = await self._api.post("/installs/plan", {"where": {"owner": OWNER}})
        if not plan.ok or not plan.body["will"]:
            return plan
        armed = await self._api.post("/installs", {"where": {"owner": OWNER}, "expect": plan.body["will"]})
        self._note_armed(armed)
        return armed

    async def meddle(self, acts_a_second: float) -> None:
        """Until it is cancelled; ends nothing half-way: what it broke it repairs."""
        weighted: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self._cancel, 3), (self._retry, 6), (self._arm_again, 8), (self._protect, 1.5), (self._unprotect, 1.5),
            (self._edit_what_matters, 2), (self._edit_what_does_not, 1), (self._approve, 2), (self._set_limits, 0.3),
        ]  # fmt: skip
        acts, weights = zip(*weighted, strict=True)
        while True:
            await asyncio.sleep(self._rng.expovariate(acts_a_second))
            (act,) = self._rng.choices(acts, weights)
            await self._try(act)

    async def tidy_up(self) -> None:
        """The last word: nothing wrong stays in the register, what failed or is held gets one more chance."""
        if self._repairs:
            await asyncio.wait(set(self._repairs))
        for interval in [one for one in self._truth.protected if one.ends == 0]:
            await self._until_ok(lambda name=interval.machine: self._lift(name))
        await self._try(self._approve)
        for name, install in self._installs().items():
            if install.state in ("failed", "held") and self._rng.random() < 0.5:
                await self._try(lambda name=name: self._arm(name, retry=True))

    async def _try(self, act: Callable[[], Awaitable[None]]) -> None:
        """Once: the office may be gone at this moment."""
        try:
            await act()
        except Unreachable:
            self._truth.acts["API not reached"] += 1

    # --- acts -------------------------------------------------------------------------------------

    async def _cancel(self) -> None:
        writing = [machine for machine in self._machines if machine.phase is Phase.WRITING]
        writing = [machine for machine in writing if machine.out_of_reach()] or writing
        live = [name for name, install in self._installs().items() if install.live]
        name = self._rng.choice(writing).body.name if writing and self._rng.random() < 0.5 else self._one(live)
        if name:
            self._note("cancel", await self._api.post(f"/machines/{name}/cancel", {"reason": "fleet"}))

    async def _retry(self) -> None:
        name = self._one(self._standing("failed", "held"))
        if name:
            await self._arm(name, retry=True)

    async def _arm_again(self) -> None:
        name = self._one(self._standing("cancelled", "done"))
        if name:
            await self._arm(name, retry=False)

    async def _arm(self, name: str, *, retry: bool) -> None:
        asked: dict[str, object] = {
            "names": [name], "retry": retry, "reinstall": True, "reason": "fleet", "expect": 1,
            "live_ok": [name] if self._rng.random() < LIVE_OK else [],
        }  # fmt: skip
        armed = await self._api.post("/installs", asked)
        self._note_armed(armed)
        self._note("retry" if retry else "arm again", armed)

    async def _protect(self) -> None:
        """Twice of three times whoever is about to be written, or is being written."""
        close = [name for name, i in self._installs().items() if i.state in ("waiting", "granted", "installing")]
        name = self._one(close) if self._rng.random() < 0.67 else self._one(list(self._installs()))
        if not name or any(one.machine == name and one.ends == 0 for one in self._truth.protected):
            return
        said = await self._api.post("/machines/protect", {"names": [name], "reason": "fleet"})
        if said.status in NOT_THERE:
            self._truth.acts["protect: not there"] += 1
            return
        given = {str(line["hostname"]) for line in said.body.get("lines", []) if line["verdict"] == "protected"}
        if name in given:
            self._truth.protect(name)
        self._note("protect" if name in given or not said.ok else "protect one that is being written", said)

    async def _unprotect(self) -> None:
        open_ = [one.machine for one in self._truth.protected if one.ends == 0]
        name = self._one(open_)
        if name:
            self._note("unprotect", await self._lift(name))

    async def _lift(self, name: str) -> Said:
        self._truth.end(self._truth.protected, name, now_us())
        return await self._api.post(f"/machines/{name}/unprotect", {"reason": "fleet"})

    async def _edit_what_matters(self) -> None:
        """Another serial, with a reason, for a few seconds."""
        close = {name for name, i in self._installs().items() if i.state in ("waiting", "granted")}
        some = [machine for machine in self._machines if machine.body.name in close] or self._machines
        row = self._rng.choice(some).body.row
        assert row is not None
        said = await self._patch(row.hostname, {"serial": f"Z{row.serial}"})
        if said.ok:
            self._truth.misregistered.append(Interval(row.hostname, now_us()))
        self._note("edit the serial", said)
        task = asyncio.create_task(self._repair(row.hostname, row.serial))
        self._repairs.add(task)
        task.add_done_callback(self._repairs.discard)

    async def _repair(self, name: str, serial: str) -> None:
        """Also where the edit's answer was lost: it may have been made."""
        await asyncio.sleep(self._rng.uniform(0.2, REPAIR_S))
        self._truth.end(self._truth.misregistered, name, now_us())
        await self._until_ok(lambda: self._patch(name, {"serial": serial}))

    async def _edit_what_does_not(self) -> None:
        name = self._rng.choice(self._machines).body.name
        said = await self._patch(name, {"labels": f"edit={self._rng.randrange(1000)}"})
        self._note("edit a label", said)

    async def _patch(self, name: str, fields: dict[str, str]) -> Said:
        return await self._api.patch(f"/machines/{name}", {"set": fields, "reason": "fleet"})

    async def _approve(self) -> None:
        """The largest question that can be approved, for exactly the machines and disks that are shown."""
        held = await self._api.get("/holds")
        if held.status in NOT_THERE:
            self._truth.acts["approve: not there"] += 1
            return
        for group in held.body.get("holds", []):
            if group["approvable"] and group["fingerprint"]:
                shown = [{"name": one["hostname"], "disk": one["disk"]} for one in group["machines"]]
                self._truth.approved |= {one["disk"] for one in shown}
                asked = {"fingerprint": group["fingerprint"], "machines": shown, "reason": "fleet"}
                self._note("approve", await self._api.post("/holds/approve", asked))
                return

    async def _set_limits(self) -> None:
        starts, writes = self._rng.choice(LIMITS)
        for resource, value in (("starts", starts), ("writes", writes)):
            asked = {"scope": "site", "resource": resource, "value": value}
            said = await self._api.put("/limits", asked)
            if said.status in NOT_THERE:
                self._truth.acts["limits: not there"] += 1
                return
            self._note("limits", said)

    # --- telling ----------------------------------------------------------------------------------

    def _standing(self, *states: str) -> list[str]:
        return [name for name, install in self._installs().items() if install.state in states]

    def _one(self, names: Sequence[str]) -> str:
        return self._rng.choice(sorted(names)) if names else ""

    def _note(self, act: str, said: Said) -> None:
        self._truth.acts[f"{act}: {'done' if said.ok else f'refused ({said.status})'}"] += 1
        if said.status == 500:
            self._truth.broken.append(f"the operators' API answered 500 to {act}")

    def _note_armed(self, said: Said) -> None:
        if said.ok:
            self._truth.armed |= {install for install in said.body.get("installs", []) if install}

    async def _until_ok(self, act: Callable[[], Awaitable[Said]]) -> None:
        for _ in range(40):
            try:
                said = await act()
                if said.ok or said.status in NOT_THERE:
                    return
            except Unreachable:
                pass
            await asyncio.sleep(0.5)
