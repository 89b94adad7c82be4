"""Starts the agent: `python3 -m rackwright_agent`, in the RAM OS only."""

from __future__ import annotations

import sys
from pathlib import Path

from rackwright_agent import kernel_command_line
from rackwright_agent.boot_memory import BootMemory
from rackwright_agent.commands import Commands
from rackwright_agent.console import Console
from rackwright_agent.conversation import Conversation
from rackwright_agent.door import Door
from rackwright_agent.failures import AgentError
from rackwright_agent.observe.machine import Machine
from rackwright_agent.run.protection import protect_all
from rackwright_agent.worker import MachineHands


def main() -> int:
    """Protects the disks before anything else; then talks to the server until the machine reboots."""
    console = Console()
    try:
        arguments = kernel_command_line.parse(Path("/proc/cmdline").read_text())
    except AgentError as error:
        console.say(str(error))
        return 2
    for problem in protect_all(Path("/sys")):
        console.say(problem)
    machine, door = Machine(Commands()), Door(arguments.server)
    console.say(f"the server is {arguments.server}")
    hands = MachineHands(machine, door, console, arguments.boot_mac)
    Conversation(door, hands, console, BootMemory(), machine.boot_id()).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
