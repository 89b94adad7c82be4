"""Hundreds of simulated machines against the real server, over real HTTP: what must never happen is looked for.

Each machine is a small state machine with a disk, a BMC and bad luck; docs/fleet.md says how to run it. It shares with
the server only the wire's messages and, in its own server process, the server itself.
"""
