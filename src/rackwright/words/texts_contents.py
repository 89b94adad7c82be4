"""Words for what a disk holds that the register does not expect, and what a person can do about it."""

from __future__ import annotations

EN = {
    "cause_disk_holds_data": "The disk {disk} (serial {serial}) holds what the register does not expect there: {holds}",
    "cause_disk_not_looked_at": "Nobody could look at what the disk {disk} (serial {serial}) holds",
    # One command a line: a person copies it whole.
    "next_disk_holds_data": "See what is held, grouped by what the disks hold:\nrackwright holds\n"
    "If this may be lost:\nrackwright holds approve {fingerprint} --reason WHY\n"
    "If not:\nrackwright cancel {hostname}",
    "next_disk_not_looked_at": "Look at it in the RAM OS, and let it report again:\nrackwright install --retry {hostname}\n"
    "If whatever it holds may be lost:\nrackwright holds approve {fingerprint} --reason WHY\n"
    "If not:\nrackwright cancel {hostname}",
    "cli_column_disk_holds": "holds",
}

ZH = {
    "cause_disk_holds_data": "磁盘 {disk}（序列号 {serial}）上有登记册未预期的内容：{holds}",
    "cause_disk_not_looked_at": "无法查看磁盘 {disk}（序列号 {serial}）上的内容",
    "next_disk_holds_data": "按磁盘内容分组查看待处理项：\nrackwright holds\n"
    "如果这些内容可以丢弃：\nrackwright holds approve {fingerprint} --reason WHY\n"
    "如果不可以：\nrackwright cancel {hostname}",
    "next_disk_not_looked_at": "请在 RAM OS 中检查磁盘，再让机器重新报告：\nrackwright install --retry {hostname}\n"
    "如果其内容可以丢弃：\nrackwright holds approve {fingerprint} --reason WHY\n"
    "如果不可以：\nrackwright cancel {hostname}",
    "cli_column_disk_holds": "内容",
}
