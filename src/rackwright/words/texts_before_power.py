"""Words for what must hold before a machine's power is touched: whose BMC, alive or not, the pre-install hook."""

from __future__ import annotations

EN = {
    "cause_bmc_of_another_machine": "The BMC at {address} is not {hostname}'s; nothing was powered. Its {by} says "
    "{stated}, that of {hostname} would say {expected}. The register knows the other one as: {whose}",
    "cause_bmc_unproven": "Nothing says that the BMC at {address} is {hostname}'s (no system GUID that is known, "
    "no FRU serial), and what it controls is on or its model is to be held; nothing was powered",
    "cause_machine_alive": "The machine is alive: {address} answers to {by}; its power was not touched",
    "cause_phoned_home_lately": "Its system phoned home {ago_min} min ago; its power was not touched",
    "cause_alive_unknown": "Nobody can say whether the machine is alive; its power was not touched. {error}",
    "cause_hook_refused": "The pre-install hook refuses: {reason}",
    "cause_hook_unanswered": "The pre-install hook did not answer in {tries} tries; no power was touched. {error}",
    "next_bmc_of_another_machine": "If the BMC's address is wrong:\n"
    "rackwright machines set {hostname} bmc_address=…\nrackwright install --retry {hostname}\n"
    "If the BMC is the right one, and its serial number too:\n"
    "rackwright machines set {hostname} serial=…\nrackwright install --retry {hostname}\n"
    "If two machines have each other's, put both right in one file:\nrackwright machines import FILE\n"
    "If its board was replaced, start it by hand this once:\n"
    "rackwright machines set {hostname} bmc_type=manual\nrackwright install --retry {hostname}\n"
    "Or give it up:\nrackwright cancel {hostname}",
    "next_bmc_unproven": "Make sure of its BMC's address, switch the machine off by hand, then:\n"
    "rackwright install --retry {hostname}\n"
    "For all of its hardware model, set bmc_unproven in the server's settings. Or give it up:\n"
    "rackwright cancel {hostname}",
    "next_machine_alive": "If nothing on it is needed any more, type its name:\n"
    "rackwright install --retry {hostname} --live-ok {hostname}\nIf not:\nrackwright cancel {hostname}",
    "next_phoned_home_lately": "If nothing on it is needed any more, type its name:\n"
    "rackwright install --retry {hostname} --live-ok {hostname}\nIf not:\nrackwright cancel {hostname}",
    "next_alive_unknown": "Look what this server may not do, then retry:\nrackwright check\n"
    "rackwright install --retry {hostname}\nIf you know that nothing on it is needed:\n"
    "rackwright install --retry {hostname} --live-ok {hostname}",
    "next_hook_refused": "When the reason is gone:\nrackwright install --retry {hostname}\n"
    "Or give it up:\nrackwright cancel {hostname}",
    "next_hook_unanswered": "When the hook answers again:\nrackwright install --retry {hostname}\n"
    "Or give it up:\nrackwright cancel {hostname}",
    "event_bmc_proven_guid": "The BMC is this machine's: its system GUID is the UUID that the machine reported",
    "event_bmc_proven_fru": "The BMC is this machine's: its inventory has the register's serial number",
    "event_bmc_unproven_off": "Nothing says whose BMC it is; what it controls is off, so it may be switched on",
    "event_bmc_unproven_trust": "Nothing says whose BMC it is; the settings trust the register for this model",
    "event_alive_allowed": "{by} typed its name: it may be switched off although it may be alive",
    "event_soft_off_asked": "Asked through its BMC to shut down, within {seconds} s; it goes off even if this is cancelled now",
    "event_hook_agreed": "The pre-install hook agrees",
    "event_hook_retry": "The pre-install hook did not answer, try {tries}. {error}",
    "hook_no_answer": "The pre-install hook gave no answer ({said}). It is asked again.",
    "ping_not_allowed": "This server may not ping ({error}).",
    "live_ok_not_selected": "--live-ok names what is not selected here: {names}. Type the machine's own hostname.",
    "ping_good": "This server may ping, to see whether a machine is alive.",
    "hint_ping": "sysctl -w net.ipv4.ping_group_range='0 2147483647', or give it CAP_NET_RAW, or set alive.ping = false",
    "hook_good": "The pre-install hook {program} is there.",
    "hook_missing": "The pre-install hook {program} is not there or cannot be run.",
    "hint_hook": "Correct pre_install_hook.command: without an answer of the hook every install is held.",
}

ZH = {
    "cause_bmc_of_another_machine": "地址为 {address} 的 BMC 不属于 {hostname}；未操作任何电源。其 {by} 为 {stated}，"
    "而 {hostname} 的应为 {expected}。登记册中该机器是：{whose}",
    "cause_bmc_unproven": "无法确认地址为 {address} 的 BMC 属于 {hostname}（没有已知的系统 GUID，也没有 FRU 序列号），"
    "而它所控制的机器已开机，或该机型要求停下；未操作任何电源",
    "cause_machine_alive": "机器仍在运行：{address} 有应答（{by}）；未操作其电源",
    "cause_phoned_home_lately": "其系统在 {ago_min} 分钟前回报过；未操作其电源",
    "cause_alive_unknown": "无法判断机器是否仍在运行；未操作其电源。{error}",
    "cause_hook_refused": "安装前钩子拒绝：{reason}",
    "cause_hook_unanswered": "安装前钩子 {tries} 次未应答；未操作任何电源。{error}",
    "next_bmc_of_another_machine": "若 BMC 地址有误：\n"
    "rackwright machines set {hostname} bmc_address=…\nrackwright install --retry {hostname}\n"
    "若 BMC 无误，且其序列号也无误：\n"
    "rackwright machines set {hostname} serial=…\nrackwright install --retry {hostname}\n"
    "若两台机器的 BMC 互换了，请在同一个文件中同时更正：\nrackwright machines import FILE\n"
    "若更换过主板，请这一次手动开机：\n"
    "rackwright machines set {hostname} bmc_type=manual\nrackwright install --retry {hostname}\n"
    "或放弃：\nrackwright cancel {hostname}",
    "next_bmc_unproven": "请确认其 BMC 地址，并手动关机，然后：\n"
    "rackwright install --retry {hostname}\n"
    "若要对该机型全部生效，请在服务器设置中设置 bmc_unproven。或放弃：\n"
    "rackwright cancel {hostname}",
    "next_machine_alive": "若其上的内容都不再需要，请输入其名称：\n"
    "rackwright install --retry {hostname} --live-ok {hostname}\n否则：\nrackwright cancel {hostname}",
    "next_phoned_home_lately": "若其上的内容都不再需要，请输入其名称：\n"
    "rackwright install --retry {hostname} --live-ok {hostname}\n否则：\nrackwright cancel {hostname}",
    "next_alive_unknown": "请查看本服务器缺少什么权限，然后重试：\nrackwright check\n"
    "rackwright install --retry {hostname}\n若确知其上的内容都不再需要：\n"
    "rackwright install --retry {hostname} --live-ok {hostname}",
    "next_hook_refused": "待原因消除后：\nrackwright install --retry {hostname}\n或放弃：\nrackwright cancel {hostname}",
    "next_hook_unanswered": "待钩子恢复应答后：\nrackwright install --retry {hostname}\n或放弃：\nrackwright cancel {hostname}",
    "event_bmc_proven_guid": "BMC 属于本机：其系统 GUID 即机器报告的 UUID",
    "event_bmc_proven_fru": "BMC 属于本机：其资产信息中的序列号与登记册一致",
    "event_bmc_unproven_off": "无法确认 BMC 属于谁；它所控制的机器处于关机状态，可以开机",
    "event_bmc_unproven_trust": "无法确认 BMC 属于谁；设置中对该机型信任登记册",
    "event_alive_allowed": "{by} 输入了其名称：即使它可能仍在运行，也可以关机",
    "event_soft_off_asked": "已通过 BMC 要求其在 {seconds} 秒内关机；即使现在取消，它也会关机",
    "event_hook_agreed": "安装前钩子同意",
    "event_hook_retry": "安装前钩子未应答，第 {tries} 次。{error}",
    "hook_no_answer": "安装前钩子没有给出应答（{said}），系统会再次询问。",
    "ping_not_allowed": "本服务器无权发送 ping（{error}）。",
    "live_ok_not_selected": "--live-ok 给出了未被选中的名称：{names}。请输入机器自己的主机名。",
    "ping_good": "本服务器可以发送 ping，以判断机器是否仍在运行。",
    "hint_ping": "sysctl -w net.ipv4.ping_group_range='0 2147483647'，或授予 CAP_NET_RAW，或设置 alive.ping = false",
    "hook_good": "安装前钩子 {program} 存在。",
    "hook_missing": "安装前钩子 {program} 不存在或无法运行。",
    "hint_hook": "请更正 pre_install_hook.command：钩子没有应答时，所有安装都会停下。",
}
