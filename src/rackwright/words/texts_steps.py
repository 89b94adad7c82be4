"""What the agent does on a machine, step by step."""

EN = {
    "step_begins": "begins",
    "step_find_disk": "find the disk",
    "step_discard": "discard what the disk holds",
    "step_write_image": "write the image",
    "step_verify": "verify the image",
    "step_grow": "grow the last partition",
    "step_identity": "give it its own identity",
    "step_configure": "configure it by the register",
    "step_boot": "make it boot",
}

ZH = {
    "step_begins": "即将开始",
    "step_find_disk": "查找磁盘",
    "step_discard": "丢弃磁盘原有内容",
    "step_write_image": "写入镜像",
    "step_verify": "校验镜像",
    "step_grow": "扩展最后一个分区",
    "step_identity": "生成自己的标识",
    "step_configure": "按登记册配置系统",
    "step_boot": "设置启动",
}
