"""Makes the system on the disk this machine's own: its identity, its name, the files of the plan, its console."""

from __future__ import annotations

import os
from pathlib import Path

from rackwright_agent.failures import MachineFailed
from rackwright_agent.plan import filesystem, system_texts
from rackwright_agent.run.job import Job
from rackwright_agent.run.layout import Names
from rackwright_agent.run.mounts import mounted, null_devices
from rackwright_agent.tree import Tree

GRUB_VALUES = "/EFI/rackwright/boot.cfg"
_KEYGEN = "/usr/bin/ssh-keygen"


def make_own(job: Job, names: Names) -> None:
    """No two machines share a machine-id or SSH host keys; the image's are removed before new ones are made."""
    with mounted(job.commands, names.layout.root, job.mount_point, _kind(names.layout.root)) as root:
        tree = Tree(root)
        tree.rewrite("/etc/machine-id", os.urandom(16).hex() + "\n", 0o444)
        tree.remove_matching("/etc/ssh", "ssh_host_*_key*")
        tree.remove_matching("/var/lib/systemd", "random-seed")
        if tree.exists(_KEYGEN) and tree.exists("/etc/ssh/sshd_config"):
            # The image's own program: it makes the kinds of keys that the image's sshd reads.
            with null_devices(job.commands, root):
                job.commands.run(["chroot", str(root), _KEYGEN, "-A"], 300)


def configure(job: Job, names: Names) -> None:
    """Name, root password, the plan's files; then the values that GRUB reads from the ESP."""
    plan = job.plan
    with mounted(job.commands, names.layout.root, job.mount_point, _kind(names.layout.root)) as root:
        tree = Tree(root)
        tree.write("/etc/hostname", plan.hostname + "\n", 0o644)
        tree.rewrite("/etc/hosts", system_texts.hosts_with(tree.read("/etc/hosts") or "", plan.hostname))
        shadow = system_texts.shadow_with_root(tree.read("/etc/shadow") or "", plan.root_password_hash)
        tree.rewrite("/etc/shadow", shadow, 0o600)
        for file in plan.files:
            job.check_stop()
            if file.link_to:
                tree.link(file.path, file.link_to)
            else:
                tree.write(file.path, file.text, _mode(file.path, file.mode))
    _write_grub_values(job, names)


def _write_grub_values(job: Job, names: Names) -> None:
    if not names.layout.esp:
        raise MachineFailed("the image has no EFI system partition, where GRUB's values of this machine belong")
    plan = job.plan
    text = system_texts.grub_values(names.root_uuid, plan.kernel_arguments, plan.console_unit, plan.console_speed)
    fresh = job.mount_point.parent / "boot.cfg"
    fresh.write_text(text)
    job.commands.run(["mcopy", "-o", "-n", "-i", names.layout.esp, str(fresh), f"::{GRUB_VALUES}"], 60)
    if job.commands.run(["mtype", "-i", names.layout.esp, f"::{GRUB_VALUES}"], 60) != text:
        raise MachineFailed(f"{GRUB_VALUES} on the EFI system partition does not read what was written")


def _kind(device: str) -> str:
    with Path(device).open("rb") as file:
        return filesystem.kind(file.read(filesystem.PROBE_BYTES)).value


def _mode(path: str, text: str) -> int:
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o7777:
        raise MachineFailed(f"{path} was ordered with the mode {text!r}, which is none")
    return mode
