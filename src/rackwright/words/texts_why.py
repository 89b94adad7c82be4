"""Words for `why`: what a machine waits for, how far it came, what happens next, what the likely cause is."""

from __future__ import annotations

EN = {
    "seen_dhcp": "Last seen: its firmware asked DHCP for a network boot, {seen_ago} s before",
    "seen_loader": "Last seen: it fetched a loader by TFTP, {seen_ago} s before",
    "seen_ipxe": "Last seen: iPXE ran and took a DHCP lease, {seen_ago} s before",
    "seen_lease": "Last seen: an operating system took a DHCP lease, {seen_ago} s before",
    "seen_kernel": "Last seen: it fetched the RAM OS, {seen_ago} s before",
    "cli_seen_dhcp": "its firmware's DHCP request",
    "cli_seen_loader": "the loader it fetched",
    "cli_seen_ipxe": "its iPXE's DHCP request",
    "cli_seen_lease": "its system's DHCP lease",
    "cli_seen_kernel": "the RAM OS it fetched",
}

ZH = {
    "seen_dhcp": "最后见到：{seen_ago} 秒前固件为网络启动请求 DHCP",
    "seen_loader": "最后见到：{seen_ago} 秒前通过 TFTP 取走引导程序",
    "seen_ipxe": "最后见到：{seen_ago} 秒前 iPXE 已运行并取得 DHCP 租约",
    "seen_lease": "最后见到：{seen_ago} 秒前某个操作系统取得 DHCP 租约",
    "seen_kernel": "最后见到：{seen_ago} 秒前取走 RAM OS",
    "cli_seen_dhcp": "固件的 DHCP 请求",
    "cli_seen_loader": "取走引导程序",
    "cli_seen_ipxe": "iPXE 的 DHCP 请求",
    "cli_seen_lease": "操作系统的 DHCP 租约",
    "cli_seen_kernel": "取走 RAM OS",
}
