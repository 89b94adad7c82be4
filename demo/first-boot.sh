#!/bin/sh
# What the demo's profile does once on each new system.
echo "Installed by Rackwright on $(date -u +%Y-%m-%dT%H:%M:%SZ)" >/etc/motd
