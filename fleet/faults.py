"""What goes wrong, and how often: the one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates. The first group is a chance for each request, the second for each second of a powered machine, the third
    the share of machines that are built that way, the last are acts a second and kills a run."""

    lost_request: float = 0.0
    lost_reply: float = 0.0  # the server has done it, and nobody hears so
    sent_again: float = 0.0  # the same bytes arrive a second time, at once or seconds later
    held_up: float = 0.0  # arrives seconds late, after what was sent later

    stale_claim: float = 0.0  # a chance for each claim that an earlier boot of the machine asks for it too

    power_loss: float = 0.0
    power_loss_writing: float = 0.0
    cut_off: float = 0.0  # nothing reaches the server for a while
    hung: float = 0.0  # the agent stops talking while its writer goes on
    agent_dies: float = 0.0  # and is started again in the same boot

    disk_breaks: float = 0.0  # a chance for each step of an install
    slow_disk: float = 0.0  # a chance for each install that its image takes ten times as long

    wrong_serial: float = 0.0
    swapped_cables: float = 0.0
    swapped_bmcs: float = 0.0
    clone: float = 0.0  # a second machine says the same serial
    both_ports_ask: float = 0.0
    small_disk: float = 0.0
    vendor_data: float = 0.0
    foreign_system: float = 0.0
    network_first: float = 0.0
    bmc_slow: float = 0.0
    bmc_flaky: float = 0.0
    bmc_late: float = 0.0
    bmc_rubbish: float = 0.0
    bmc_lying: float = 0.0
    bmc_dead: float = 0.0
    bmc_without_fru: float = 0.0

    acts: float = 0.0
    kills: int = 0


_DEFAULT = Faults(
    lost_request=0.008, lost_reply=0.012, sent_again=0.02, held_up=0.004, stale_claim=0.3,
    power_loss=0.0015, power_loss_writing=0.03, cut_off=0.003, hung=0.008, agent_dies=0.004, disk_breaks=0.001, slow_disk=0.15,
    wrong_serial=0.02, swapped_cables=0.02, swapped_bmcs=0.02, clone=0.02, both_ports_ask=0.1, small_disk=0.02,
    vendor_data=0.1, foreign_system=0.05, network_first=0.3,
    bmc_slow=0.05, bmc_flaky=0.05, bmc_late=0.05, bmc_rubbish=0.02, bmc_lying=0.02, bmc_dead=0.02,
    bmc_without_fru=0.1, acts=3.0, kills=8,
)  # fmt: skip

_HEAVY = Faults(
    lost_request=0.03, lost_reply=0.05, sent_again=0.08, held_up=0.02, stale_claim=0.5,
    power_loss=0.005, power_loss_writing=0.08, cut_off=0.012, hung=0.025, agent_dies=0.015, disk_breaks=0.004, slow_disk=0.3,
    wrong_serial=0.05, swapped_cables=0.06, swapped_bmcs=0.06, clone=0.06, both_ports_ask=0.3, small_disk=0.05,
    vendor_data=0.2, foreign_system=0.1, network_first=0.5,
    bmc_slow=0.1, bmc_flaky=0.1, bmc_late=0.1, bmc_rubbish=0.05, bmc_lying=0.05, bmc_dead=0.05,
    bmc_without_fru=0.3, acts=5.0, kills=20,
)  # fmt: skip

FAULTS: Mapping[str, Faults] = {"none": Faults(), "default": _DEFAULT, "heavy": _HEAVY}
