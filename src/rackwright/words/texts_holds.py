"""Words about holds, and about the one answer that serves many of them."""

from __future__ import annotations

EN = {
    "approval_needs_reason": "An approval needs a reason, for the timeline: --reason WHY.",
    "approval_needs_machines": "An approval names a fingerprint and its machines. See: rackwright holds",
    "approval_unknown": "{name} is not in the register.",
    "approval_not_held": "{name} is not held with this question any more.",
    "approval_changed": "{name}: its disk, or what that holds, is not what was approved. Look again: rackwright holds",
    "approval_forbidden": "{name} was protected or put into service meanwhile.",
    "event_contents_approved": "What disk {disk} holds ({fingerprint}) may go. {reason}",
    "cli_holds_none": "Nothing is held.",
    "cli_holds_unknown": "No hold has the fingerprint or name {id}. See: rackwright holds",
    "cli_holds_not_among": "{names} is not held with {id}: nothing was approved. See: rackwright holds show {id}",
    "cli_holds_one_by_one": "{id} is nothing that can be approved for many: each of these machines needs its own answer. "
    "See: rackwright holds show {id}",
    "cli_holds_approve": "All of these, with the same content: rackwright holds approve {id} --reason WHY",
    "cli_holds_type_number": "What the disks of these {count} machines hold will be destroyed. Type their number to go on:",
    "cli_holds_number_differs": "{typed} is not {count}: nothing was approved.",
    "cli_holds_approved": "Approved: {approved}; not: {refused}. They go on by themselves: rackwright installs -f",
    "cli_column_hold": "hold",
    "cli_column_machines": "machines",
}

ZH = {
    "approval_needs_reason": "批准需要说明原因，以便记入时间线：--reason 原因。",
    "approval_needs_machines": "批准时需给出指纹及其机器，参见：rackwright holds",
    "approval_unknown": "{name} 不在登记册中。",
    "approval_not_held": "{name} 已不再因此问题而待处理。",
    "approval_changed": "{name}：磁盘或其内容与批准时不同，请重新查看：rackwright holds",
    "approval_forbidden": "{name} 在此期间被设为受保护或投入使用。",
    "event_contents_approved": "磁盘 {disk} 上的内容（{fingerprint}）可以清除。{reason}",
    "cli_holds_none": "没有待处理的机器。",
    "cli_holds_unknown": "没有指纹或名称为 {id} 的待处理项，参见：rackwright holds",
    "cli_holds_not_among": "{names} 不在 {id} 之中：没有批准任何机器。参见：rackwright holds show {id}",
    "cli_holds_one_by_one": "{id} 不能批量批准：其中每台机器都需要单独处理，参见：rackwright holds show {id}",
    "cli_holds_approve": "内容相同的全部机器：rackwright holds approve {id} --reason 原因",
    "cli_holds_type_number": "这 {count} 台机器磁盘上的内容将被销毁。请输入台数以继续：",
    "cli_holds_number_differs": "{typed} 不等于 {count}：没有批准任何机器。",
    "cli_holds_approved": "已批准 {approved} 台，未批准 {refused} 台；会自行继续：rackwright installs -f",
    "cli_column_hold": "待处理项",
    "cli_column_machines": "机器",
}
