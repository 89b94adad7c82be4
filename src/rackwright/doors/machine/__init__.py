"""The machine door: HTTP for machines on the installation networks. No logic: parse, ask a use case, render."""
