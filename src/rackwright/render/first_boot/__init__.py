"""What runs once on an installed system, as texts to be written there: a shell program and its systemd unit.

Never runs on the server, and is the same for every machine: what differs is in first-boot.env.
"""
