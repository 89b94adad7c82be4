"""Texts about this host and what it reaches: settings, database, networks, the vault, BMCs."""

from __future__ import annotations

EN = {
    # BMCs
    "bmc_unreachable": "{machine}: the BMC at {address} does not answer ({said}). Check its address, its cabling "
    "and that IPMI over LAN is enabled; it is tried again.",
    "bmc_name_unknown": "{machine}: the BMC's name {address} does not resolve. Check it in the register.",
    "bmc_busy": "{machine}: the BMC at {address} is out of resources ({said}). It is tried again.",
    "bmc_not_now": '{machine}: the BMC at {address} cannot do "{step}" just now. It is tried again.',
    "bmc_answer_unclear": '{machine}: the BMC at {address} gave no clear answer to "{step}": {said}',
    "bmc_cipher_refused": "{machine}: the BMC at {address} accepts neither IPMI cipher suite 17 nor 3 ({said}). "
    "Enable one of them on the BMC.",
    "bmc_login_refused": "{machine}: the BMC at {address} refuses user {user} or its password. "
    "Correct bmc_user and bmc_password in the register.",
    "bmc_privilege_refused": "{machine}: user {user} has too few rights on the BMC at {address} ({said}). "
    "Give it the administrator level for LAN access.",
    "bmc_unsupported": '{machine}: the BMC at {address} does not know "{step}" ({said}). '
    "Update its firmware, or set the BMC type to manual.",
    "bmc_credentials_too_long": "{machine}: IPMI allows 16 bytes for a user and 20 for a password; "
    "those of {address} are longer.",
    "bmc_netboot_not_kept": "{machine}: the BMC at {address} said yes to one network boot, but reads back as {read}. "
    "Check in its settings who may change the boot order, or reset the BMC.",
    "power_unchanged": "The BMC at {address} took the order, but {said}.",
    # The vault
    "vault_key_unreadable": "The key file {path} cannot be read or made: {error}.",
    "vault_key_open_to_others": "The key file {path} can be read by other users (mode {mode}). "
    "Take that away: chmod 600 {path}",
    "vault_key_damaged": "The key file {path} is damaged. Put it back from a backup: without it no stored BMC password "
    "can be read.",
    "vault_not_sealed": "What is stored as {place} is not a sealed secret. Enter the secret again.",
    "vault_other_key": "The secret at {place} was sealed with key {key_id}; this server has key {own}. "
    "Put the right vault.key back, or enter the secret again.",
    "vault_changed": "The secret at {place} was changed or moved in the database. Enter it again.",
    # dnsmasq and DHCP
    "dnsmasq_value_odd": "The setting {setting} has a value that dnsmasq cannot be given: {value}",
    "dhcp_probe_needs_root": "Looking for other DHCP servers on {interface} needs root (CAP_NET_RAW).",
    "program_missing": "The program {program} is not installed.",
    "hint_package": "apt-get install {package}",
    # The host
    "settings_read": "Settings read from {path}.",
    "setting_unknown": "There is no setting {setting}, which {path} sets. docs/settings.md lists all there are.",
    "settings_unreadable": "The settings file {path} cannot be read: {error}",
    "settings_not_toml": "The settings file {path} is not TOML: {error}",
    "setting_wrong": "The setting {setting} in {path}: {error}",
    "clock_good": "The clock is synchronised.",
    "clock_wrong": "The clock is years behind.",
    "clock_not_synchronised": "Nothing keeps this host's clock: machines get their time from it.",
    "hint_clock": "Install and start an NTP client: apt-get install systemd-timesyncd",
    "state_dir_good": "{path} can be written.",
    "state_dir_not_writable": "{path} cannot be written: {error}.",
    "hint_state_dir": "Make it and give it to the user that runs Rackwright, or set state_dir.",
    "database_unreachable": "{kind} does not answer: {error}",
    "hint_database": "Check the setting database, and that the database runs.",
    "database_new": "{kind}: a new database is made at the first start.",
    "database_good": "{kind}: schema {version}.",
    "database_older": "{kind}: schema {version} is brought to {newest} at the next start.",
    "database_newer": "{kind}: schema {version} is newer than this program, which knows {newest}.",
    "schema_newer": "The database was made by a newer version of this program: its schema is {version}, this program "
    "knows up to {newest}. Install the newer version.",
    "hint_database_newer": "Install the newer Rackwright again.",
    "images_present": "{count} system images.",
    "images_none": "There is no system image yet: nothing can be installed.",
    "hint_images_none": "rackwright images add FILE",
    "program_found": "{program}: {path}",
    "ramos_good": "The RAM OS in {path} is whole.",
    "ramos_missing": "There is no RAM OS in {path}.",
    "ramos_file_missing": "{path} is missing.",
    "ramos_file_differs": "{path} is not the file that its manifest names.",
    "hint_ramos": "make ramos, or set ramos_dir to where it was built.",
    "ipxe_good": "iPXE's loaders are in {path}.",
    "ipxe_missing": "{path} is missing: machines without iPXE in their network card cannot boot.",
    "api_port_good": "{listen} is free for the operators' API.",
    "api_port_taken": "{listen}, the operators' API, is taken: another program, or Rackwright runs already.",
    "api_port_forbidden": "This user may not open {listen}.",
    "api_port_no_address": "{listen}: this host does not have the address.",
    "api_listen_wrong": "api.listen is not of the form address:port: {listen}",
    "cannot_listen": "The server cannot listen on {on}: {error}. `rackwright check` says more.",
    "hint_api_listen": "Set api.listen, or stop what uses it (ss -ltnp shows it).",
    # Its networks
    "networks_none": "No installation network is set up: no machine can boot.",
    "hint_networks_none": "Add a [[network]] section with name, interface, address and range to the settings file.",
    "network_ready": "Network {network}: {interface} is ready, and no other DHCP server answers.",
    "network_ready_without_dhcp": "Network {network}: {interface} is ready; DHCP is left to another server.",
    "network_not_ipv4": "Network {network}: {error}",
    "network_gateway_outside": "Network {network}: the gateway {gateway} is not in the network.",
    "hint_network_setting": "Correct the [[network]] section in the settings file.",
    "network_range_wrong": "Network {network}: the range {range} is not a part of the network.",
    "network_range_has_own": "Network {network}: the range {range} contains this host's own address {address}.",
    "hint_network_range": "Set range to first-last, two addresses of the network that nothing else uses.",
    "interface_missing": "There is no interface {interface}.",
    "hint_interface_missing": "ip -brief link shows those there are; set the network's interface.",
    "interface_down": "The interface {interface} is down.",
    "hint_interface_down": "ip link set {interface} up",
    "interface_address": "The interface {interface} does not have the address {address}/{prefix}.",
    "hint_interface_address": "ip address add {address}/{prefix} dev {interface}",
    "interface_no_ipv6": "{interface} has no IPv6 address: every iPXE waits 13 s longer.",
    "hint_interface_ipv6": "ip -6 address add {ipv6}/64 dev {interface}",
    "port_taken": "Network {network}: port {port} on {address}, for {service}, is taken: another program, "
    "or Rackwright runs already.",
    "hint_port_taken": "ss -lntup shows by what; stop it, or set another port.",
    "port_forbidden": "Network {network}: this user may not open port {port} for {service}.",
    "hint_port_forbidden": "Start Rackwright as root or with CAP_NET_BIND_SERVICE, CAP_NET_RAW and CAP_NET_ADMIN.",
    "dhcp_other_server": "Network {network}: another DHCP server answers on {interface}: {servers}. "
    "Rackwright does not start DHCP there.",
    "hint_dhcp_other_server": "Stop it, or let it hand out Rackwright's boot options and set dhcp = false.",
    "dhcp_not_probed": "Network {network}: whether another DHCP server answers on {interface} is not known ({error}). "
    "Rackwright does not start DHCP there.",
    "hint_dhcp_not_probed": "Run it as root, or set dhcp = false for this network.",
}

ZH = {
    # BMC
    "bmc_unreachable": "{machine}：地址为 {address} 的 BMC 没有应答（{said}）。请检查地址、网线以及是否启用了 "
    "IPMI over LAN；系统会重试。",
    "bmc_name_unknown": "{machine}：无法解析 BMC 的名称 {address}，请检查登记册。",
    "bmc_busy": "{machine}：地址为 {address} 的 BMC 资源不足（{said}），系统会重试。",
    "bmc_not_now": "{machine}：地址为 {address} 的 BMC 当前无法执行“{step}”，系统会重试。",
    "bmc_answer_unclear": "{machine}：地址为 {address} 的 BMC 对“{step}”的应答不明确：{said}",
    "bmc_cipher_refused": "{machine}：地址为 {address} 的 BMC 既不接受 IPMI 加密套件 17 也不接受 3（{said}），"
    "请在 BMC 上启用其中之一。",
    "bmc_login_refused": "{machine}：地址为 {address} 的 BMC 拒绝用户 {user} 或其密码，"
    "请在登记册中更正 bmc_user 和 bmc_password。",
    "bmc_privilege_refused": "{machine}：用户 {user} 在地址为 {address} 的 BMC 上权限不足（{said}），"
    "请授予其 LAN 访问的管理员级别。",
    "bmc_unsupported": "{machine}：地址为 {address} 的 BMC 不支持“{step}”（{said}），"
    "请升级其固件，或将 BMC 类型设为 manual。",
    "bmc_credentials_too_long": "{machine}：IPMI 的用户名最长 16 字节、密码最长 20 字节，{address} 的超出了限制。",
    "bmc_netboot_not_kept": "{machine}：地址为 {address} 的 BMC 接受了一次性网络启动，但读回的是 {read}。"
    "请在其设置中检查谁可以更改启动顺序，或重置 BMC。",
    "power_unchanged": "{address} 的 BMC 接受了命令，但 {said}。",
    # 密钥库
    "vault_key_unreadable": "无法读取或创建密钥文件 {path}：{error}。",
    "vault_key_open_to_others": "密钥文件 {path} 可被其他用户读取（权限 {mode}），请收回：chmod 600 {path}",
    "vault_key_damaged": "密钥文件 {path} 已损坏，请从备份恢复：没有它就无法读取已保存的 BMC 密码。",
    "vault_not_sealed": "{place} 处保存的不是加密的机密，请重新输入。",
    "vault_other_key": "{place} 处的机密用密钥 {key_id} 加密，而本服务器的密钥是 {own}。"
    "请恢复正确的 vault.key，或重新输入机密。",
    "vault_changed": "{place} 处的机密在数据库中被改动或移动过，请重新输入。",
    # dnsmasq 与 DHCP
    "dnsmasq_value_odd": "设置项 {setting} 的值无法交给 dnsmasq：{value}",
    "dhcp_probe_needs_root": "在 {interface} 上查找其他 DHCP 服务器需要 root 权限（CAP_NET_RAW）。",
    "program_missing": "未安装程序 {program}。",
    "hint_package": "apt-get install {package}",
    # 主机
    "settings_read": "已从 {path} 读取设置。",
    "setting_unknown": "{path} 中的 {setting} 不是已有的设置。全部设置见 docs/settings.md。",
    "settings_unreadable": "无法读取设置文件 {path}：{error}",
    "settings_not_toml": "设置文件 {path} 不是 TOML：{error}",
    "setting_wrong": "{path} 中的设置 {setting}：{error}",
    "clock_good": "时钟已同步。",
    "clock_wrong": "时钟落后数年。",
    "clock_not_synchronised": "本机时钟没有同步，而各机器从本机获取时间。",
    "hint_clock": "请安装并启动 NTP 客户端：apt-get install systemd-timesyncd",
    "state_dir_good": "{path} 可写。",
    "state_dir_not_writable": "{path} 不可写：{error}。",
    "hint_state_dir": "请创建该目录并交给运行 Rackwright 的用户，或设置 state_dir。",
    "database_unreachable": "{kind} 没有应答：{error}",
    "hint_database": "请检查设置项 database，并确认数据库正在运行。",
    "database_new": "{kind}：首次启动时会创建新数据库。",
    "database_good": "{kind}：数据库结构版本 {version}。",
    "database_older": "{kind}：数据库结构版本 {version} 将在下次启动时升级到 {newest}。",
    "database_newer": "{kind}：数据库结构版本 {version} 比本程序所知的 {newest} 更新。",
    "schema_newer": "数据库由更新版本的程序建立：其结构版本为 {version}，本程序最高只认识 {newest}。请安装更新的版本。",
    "hint_database_newer": "请重新安装较新的 Rackwright。",
    "images_present": "共有 {count} 个系统镜像。",
    "images_none": "还没有系统镜像，无法进行安装。",
    "hint_images_none": "rackwright images add FILE",
    "program_found": "{program}：{path}",
    "ramos_good": "{path} 中的 RAM OS 完整。",
    "ramos_missing": "{path} 中没有 RAM OS。",
    "ramos_file_missing": "缺少 {path}。",
    "ramos_file_differs": "{path} 与清单中记录的文件不一致。",
    "hint_ramos": "请执行 make ramos，或将 ramos_dir 设为其构建目录。",
    "ipxe_good": "iPXE 引导文件位于 {path}。",
    "ipxe_missing": "缺少 {path}：网卡不带 iPXE 的机器无法启动。",
    "api_port_good": "{listen} 空闲，可用于运维 API。",
    "api_port_taken": "运维 API 的 {listen} 已被占用：可能是其他程序，也可能 Rackwright 已在运行。",
    "api_port_forbidden": "当前用户无权打开 {listen}。",
    "api_port_no_address": "{listen}：本机没有该地址。",
    "api_listen_wrong": "api.listen 不是 地址:端口 的形式：{listen}",
    "cannot_listen": "无法监听 {on}：{error}。`rackwright check` 会说明更多。",
    "hint_api_listen": "请设置 api.listen，或停止占用它的程序（可用 ss -ltnp 查看）。",
    # 网络
    "networks_none": "没有配置安装网络，任何机器都无法启动。",
    "hint_networks_none": "请在设置文件中添加 [[network]] 段，写明 name、interface、address 和 range。",
    "network_ready": "网络 {network}：{interface} 已就绪，没有其他 DHCP 服务器应答。",
    "network_ready_without_dhcp": "网络 {network}：{interface} 已就绪，DHCP 由其他服务器提供。",
    "network_not_ipv4": "网络 {network}：{error}",
    "network_gateway_outside": "网络 {network}：网关 {gateway} 不在该网络中。",
    "hint_network_setting": "请更正设置文件中的 [[network]] 段。",
    "network_range_wrong": "网络 {network}：地址范围 {range} 不属于该网络。",
    "network_range_has_own": "网络 {network}：地址范围 {range} 包含本机地址 {address}。",
    "hint_network_range": "请将 range 设为“起始-结束”，即该网络中未被他用的两个地址。",
    "interface_missing": "没有网络接口 {interface}。",
    "hint_interface_missing": "可用 ip -brief link 查看现有接口；请设置该网络的 interface。",
    "interface_down": "网络接口 {interface} 未启用。",
    "hint_interface_down": "ip link set {interface} up",
    "interface_address": "网络接口 {interface} 没有地址 {address}/{prefix}。",
    "hint_interface_address": "ip address add {address}/{prefix} dev {interface}",
    "interface_no_ipv6": "{interface} 没有 IPv6 地址：每次 iPXE 启动都会多等 13 秒。",
    "hint_interface_ipv6": "ip -6 address add {ipv6}/64 dev {interface}",
    "port_taken": "网络 {network}：{address} 上用于 {service} 的端口 {port} 已被占用：可能是其他程序，"
    "也可能 Rackwright 已在运行。",
    "hint_port_taken": "可用 ss -lntup 查看占用者；请停止它，或设置其他端口。",
    "port_forbidden": "网络 {network}：当前用户无权为 {service} 打开端口 {port}。",
    "hint_port_forbidden": "请以 root 启动 Rackwright，或赋予 CAP_NET_BIND_SERVICE、CAP_NET_RAW 和 CAP_NET_ADMIN。",
    "dhcp_other_server": "网络 {network}：{interface} 上有其他 DHCP 服务器应答：{servers}。"
    "Rackwright 不会在此启动 DHCP。",
    "hint_dhcp_other_server": "请停止它，或由它下发 Rackwright 的启动选项并设置 dhcp = false。",
    "dhcp_not_probed": "网络 {network}：无法确定 {interface} 上是否有其他 DHCP 服务器应答（{error}）。"
    "Rackwright 不会在此启动 DHCP。",
    "hint_dhcp_not_probed": "请以 root 运行，或为该网络设置 dhcp = false。",
}
