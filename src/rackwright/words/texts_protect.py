"""Words for protection: errors, what became of each machine, the timeline, the command line."""

EN = {
    "reason_needed": "A reason is needed: say why, with --reason.",
    "machines_unknown": "{count} of these names are not in the register: {unknown}. Nothing was done; correct them. See: "
    "rackwright machines list",
    "not_protected": "{hostname} is not protected: there is nothing to lift.",
    "refused_being_written": "Its disk is being written ({state}). Cancel that first: rackwright cancel {hostname}",
    "register_protects_live": "protected: {hostname} has a live install, and what becomes of that is decided by an act of "
    "its own: rackwright machines protect {hostname} --reason WHY",
    "protected_already": "Already protected by {by}. {reason}",
    "protected_and_cancelled": "Its install was cancelled while it was {state}",
    "event_machine_protected": "Protected: nothing installs over it. {reason}",
    "event_machine_unprotected": "No longer protected. {reason}",
    "cause_protected_meanwhile": "Protected by {by} after it was armed; its disk was not touched. {reason}",
    "cause_protected_meanwhile_written": "Protected by {by} after it was armed; this attempt wrote nothing, an earlier "
    "one left the disk partly written. {reason}",
    "refused_protected": "protected by {by}. {reason}",
    "cli_protection_protected": "protected",
    "cli_protection_already": "already",
    "cli_protection_refused": "refused",
    "cli_protected_sum": "Protected: {protected}, already: {already}, refused: {refused}.",
    "cli_column_protected": "protected",
    "cli_card_protected": "protected",
    "cli_protected_by": "by {by}, {when}. {reason}",
    "cli_unprotect_ask": "{hostname} is protected by {by} since {when}. {reason}\nType its name to lift that:",
    "cli_unprotect_differs": "{typed} is not {hostname}: it stays protected.",
    "cli_unprotected": "{hostname} is no longer protected.",
}

ZH = {
    "reason_needed": "需要原因：请用 --reason 说明。",
    "machines_unknown": "有 {count} 个名称不在登记册中：{unknown}。未做任何更改，请更正。参见：rackwright machines list",
    "not_protected": "{hostname} 未受保护，无需解除。",
    "refused_being_written": "正在写入其磁盘（{state}）。请先取消：rackwright cancel {hostname}",
    "register_protects_live": "protected：{hostname} 有进行中的安装，需单独执行："
    "rackwright machines protect {hostname} --reason 原因",
    "protected_already": "已由 {by} 保护。{reason}",
    "protected_and_cancelled": "其安装在 {state} 时被取消",
    "event_machine_protected": "已受保护，不会被安装覆盖。{reason}",
    "event_machine_unprotected": "已解除保护。{reason}",
    "cause_protected_meanwhile": "授权安装之后由 {by} 设为受保护；磁盘未被改动。{reason}",
    "cause_protected_meanwhile_written": "授权安装之后由 {by} 设为受保护；本次未写入，但更早的一次已写入部分磁盘。{reason}",
    "refused_protected": "由 {by} 保护。{reason}",
    "cli_protection_protected": "已保护",
    "cli_protection_already": "原已保护",
    "cli_protection_refused": "被拒绝",
    "cli_protected_sum": "已保护：{protected}，原已保护：{already}，被拒绝：{refused}。",
    "cli_column_protected": "保护",
    "cli_card_protected": "保护",
    "cli_protected_by": "{by}，{when}。{reason}",
    "cli_unprotect_ask": "{hostname} 由 {by} 于 {when} 设为受保护。{reason}\n请输入其名称以解除：",
    "cli_unprotect_differs": "{typed} 不是 {hostname}：仍受保护。",
    "cli_unprotected": "{hostname} 已不再受保护。",
}
