"""Words about machines that go by the name of another one."""

EN = {
    "event_outlived_power_off": "A machine at {address} with serial {serial} reports for it, but has run since before "
    "this one was switched off: it is another machine. It idles",
}

ZH = {
    "event_outlived_power_off": "地址 {address}、序列号 {serial} 的机器以其名义报告，但它在本机关机之前就已运行："
    "这是另一台机器，令其待命",
}
