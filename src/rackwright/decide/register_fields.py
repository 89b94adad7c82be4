"""The register's columns, once: their names, other headers that mean them, how a cell is read, how it is printed.

CSV, XLSX, `machines set` and export all go by this table. It holds no rule about more than one cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from rackwright.decide import register_cells as cells
from rackwright.values.ids import Id
from rackwright.values.machine import BmcType, Machine, Protection, Service
from rackwright.values.problem import Problem

# A cell that says this empties its field, where a blank one keeps it.
EMPTIES: Final = "-"
PASSWORD: Final = "bmc_password"  # noqa: S105 - a column's name
LABEL: Final = "labels."
_BMC: Final = "bmc."


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """`attribute` is Machine's, or with `bmc.` its Bmc's. `parse` gives the attribute's value or a Problem;
    `empty` is what `-` sets. `installs` means: an install that is under way relies on it."""

    name: str
    attribute: str
    parse: Callable[[str], object]
    show: Callable[[Machine], str]
    empty: object = ""
    headers: tuple[str, ...] = ()
    installs: bool = False


_NEEDED: Final = Problem("register_cannot_be_empty")


def _protection(text: str) -> Protection | Problem | None:
    """Whose word it is, and when, is known only when it is written."""
    given = cells.yes_or_no(text)
    if isinstance(given, Problem):
        return given
    return Protection("", "", 0) if given else None


FIELDS: Final[tuple[Field, ...]] = (
    Field("hostname", "hostname", cells.hostname, lambda m: m.hostname, _NEEDED, ("host", "name", "主机名", "主机名称")),
    Field("site", "site", cells.words, lambda m: m.site, _NEEDED, ("idc", "datacenter", "机房", "数据中心")),
    Field("rack", "rack", cells.words, lambda m: m.rack, headers=("cabinet", "机柜", "机架", "机柜号")),
    Field("unit", "unit", cells.words, lambda m: m.unit, headers=("u", "rackunit", "u位", "机位", "起始u位")),
    Field("serial", "serial", cells.serial, lambda m: m.serial, installs=True,
          headers=("sn", "serialnumber", "servicetag", "序列号", "序列号sn", "sn序列号", "设备序列号", "sn号")),
    Field("asset_tag", "asset_tag", cells.words, lambda m: m.asset_tag,
          headers=("asset", "assetnumber", "资产编号", "资产号", "固资编号", "固定资产编号")),
    Field("external_id", "external_id", cells.words, lambda m: m.external_id,
          headers=("cmdbid", "外部编号", "外部id", "cmdb编号")),
    Field("macs", "nics", cells.macs, lambda m: "; ".join(f"{n.mac}={n.role}" if n.role else n.mac for n in m.nics),
          (), ("mac", "macaddress", "macaddresses", "mac地址", "网卡mac", "网卡mac地址"), installs=True),
    Field("addresses", "addresses", cells.addresses, lambda m: "; ".join(m.addresses), (),
          ("address", "ip", "ipaddress", "ip地址", "业务ip", "地址")),
    Field("gateway", "gateway", cells.ip, lambda m: m.gateway, headers=("网关", "默认网关")),
    Field("vlan", "vlan", cells.vlan, lambda m: "" if m.vlan is None else str(m.vlan), None, ("vlanid", "vlan号")),
    Field("dns", "dns", cells.ips, lambda m: "; ".join(m.dns), (), ("dnsservers", "nameservers", "dns服务器")),
    Field("bmc_type", "bmc.type", cells.bmc_type, lambda m: m.bmc.type.value, BmcType.MANUAL,
          ("oobtype", "bmc类型", "带外类型", "管理卡类型"), installs=True),
    Field("bmc_address", "bmc.address", cells.endpoint, lambda m: m.bmc.address, installs=True,
          headers=("bmcip", "ipmiip", "ipmi", "oobip", "带外ip", "带外地址", "管理ip", "bmc地址", "ipmi地址", "管理卡ip")),
    Field("bmc_user", "bmc.user", cells.words, lambda m: m.bmc.user, installs=True,
          headers=("bmcusername", "ipmiuser", "带外用户", "带外用户名", "带外账号", "bmc用户", "bmc用户名", "管理卡用户")),
    Field(PASSWORD, "bmc.password", cells.secret, lambda _: "", installs=True,
          headers=("ipmipassword", "带外密码", "bmc密码", "管理卡密码")),
    Field("console_port", "console_port", cells.console_port, lambda m: m.console_port or EMPTIES,
          headers=("console", "serialport", "串口", "控制台端口")),
    Field("console_speed", "console_speed", cells.console_speed, lambda m: str(m.console_speed), 115200,
          ("baudrate", "baud", "波特率", "串口速率")),
    Field("vendor", "vendor", cells.words, lambda m: m.vendor, headers=("manufacturer", "厂商", "品牌", "厂家")),
    Field("model", "model", cells.words, lambda m: m.model, headers=("hardwaremodel", "机型", "型号", "设备型号")),
    Field("disk", "disk", cells.disk, lambda m: m.disk, headers=("rootdisk", "系统盘", "磁盘"), installs=True),
    Field("os", "os", cells.name, lambda m: m.os, headers=("operatingsystem", "系统", "操作系统"), installs=True),
    Field("profile", "profile", cells.name, lambda m: m.profile, headers=("template", "安装模板", "模板")),
    Field("owner", "owner", cells.words, lambda m: m.owner, headers=("责任人", "负责人", "使用人", "归属")),
    Field("labels", "labels", cells.labels, lambda m: "; ".join(f"{k}={v}" for k, v in m.labels), (),
          ("tags", "标签")),
    Field("state", "service", cells.service, lambda m: m.service.value, Service.NEW, ("service", "status", "状态")),
    Field("protected", "protection", _protection, lambda m: "yes" if m.protected else "no", None,
          ("保护", "是否保护", "受保护")),
)  # fmt: skip

BY_NAME: Final = {field.name: field for field in FIELDS}


def _squeezed(header: str) -> str:
    return "".join(c for c in cells.folded(header).lower() if c.isalnum())


_BY_HEADER: Final = {_squeezed(header): field for field in FIELDS for header in (field.name, *field.headers)}


def column(header: str) -> Field | None:
    """The field that a header means: case, blanks and punctuation do not count. `labels.env` is one label."""
    given = cells.folded(header)
    if given.lower().startswith(LABEL) and len(given) > len(LABEL):
        return _one_label(given[len(LABEL) :].strip())
    return _BY_HEADER.get(_squeezed(header))


def read(field: Field, text: str) -> object:
    """The value of a cell that is not blank, or a Problem that names the field."""
    value = field.empty if text.strip() == EMPTIES else field.parse(text)
    if isinstance(value, Problem):
        return Problem(value.key, {**value.values, "field": field.name})
    return value


def changed(machine: Machine, values: dict[Field, object]) -> Machine:
    """The machine with the values that `read` gave for some fields."""
    whole: dict[str, object] = {}
    bmc: dict[str, object] = {}
    labels: dict[str, str] = {}
    for field, value in values.items():
        if field.attribute.startswith(LABEL):
            labels[field.attribute[len(LABEL) :]] = str(value)
        elif field.attribute.startswith(_BMC):
            bmc[field.attribute[len(_BMC) :]] = value
        else:
            whole[field.attribute] = value
    if bmc:
        whole["bmc"] = replace(machine.bmc, **bmc)
    if machine.protection and whole.get("protection"):
        del whole["protection"]  # it stays what it is: a file does not know by whom and why
    made = replace(machine, **whole) if whole else machine
    return _labelled(made, labels) if labels else made


def _labelled(machine: Machine, labels: dict[str, str]) -> Machine:
    merged = {key: value for key, value in (dict(machine.labels) | labels).items() if value or key not in labels}
    return replace(machine, labels=tuple(sorted(merged.items())))


def blank(site: str) -> Machine:
    """What a new machine is before its row says anything."""
    return Machine(id=Id(""), site=site, hostname="")


def _one_label(key: str) -> Field:
    def parse(text: str) -> object:
        return cells.label(key, text)

    return Field(LABEL + key, LABEL + key, parse, lambda m: dict(m.labels).get(key, ""))
