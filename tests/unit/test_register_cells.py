"""Each cell of the register has one normal form, or says what is wrong with it."""

from __future__ import annotations

import pytest

from rackwright.decide.register_fields import BY_NAME, FIELDS, blank, changed, column, read
from rackwright.values.ids import Mac
from rackwright.values.machine import BmcType, Protection, RegisteredNic, Service
from rackwright.values.problem import Problem
from rackwright.words.texts_register import EN

MAC_1, MAC_2 = Mac("52:54:00:aa:bb:01"), Mac("52:54:00:aa:bb:02")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("hostname", " Web01 ", "web01"),
        ("hostname", "web01.sh1.Example.com.", "web01.sh1.example.com"),
        ("hostname", "ｗｅｂ０１", "web01"),
        ("hostname", "3par-01", "3par-01"),
        ("rack", "  A 12 ", "A 12"),
        ("rack", "A\n12", "A 12"),
        ("serial", "712DM2X", "712DM2X"),
        ("serial", "00712", "00712"),
        ("macs", "52:54:00:AA:BB:01", (RegisteredNic(MAC_1),)),
        ("macs", "52-54-00-aa-bb-01=Install; 525400aabb02 = production",
         (RegisteredNic(MAC_1, "install"), RegisteredNic(MAC_2, "production"))),
        ("macs", "52:54:00:aa:bb:01\n52:54:00:aa:bb:02", (RegisteredNic(MAC_1), RegisteredNic(MAC_2))),
        ("macs", "52：54：00：aa：bb：01＝install；5254.00aa.bb02", (RegisteredNic(MAC_1, "install"), RegisteredNic(MAC_2))),
        ("macs", "52:54:00:aa:bb:01 52:54:00:aa:bb:02,", (RegisteredNic(MAC_1), RegisteredNic(MAC_2))),
        ("addresses", "10.0.0.5/24, FD00::0005/64", ("10.0.0.5/24", "fd00::5/64")),
        ("addresses", "10.0.0.5/255.255.255.0", ("10.0.0.5/24",)),
        ("addresses", "10.0.0.4/31", ("10.0.0.4/31",)),
        ("addresses", "10.0.0.4/32", ("10.0.0.4/32",)),
        ("gateway", "10.0.0.1", "10.0.0.1"),
        ("gateway", "FE80::1", "fe80::1"),
        ("vlan", "0100", 100),
        ("vlan", "4094", 4094),
        ("dns", "10.0.0.2;10.0.0.3 10.0.0.2", ("10.0.0.2", "10.0.0.3")),
        ("bmc_type", "IPMI", BmcType.IPMI),
        ("bmc_address", "10.0.1.5", "10.0.1.5"),
        ("bmc_address", "10.0.1.5:1623", "10.0.1.5:1623"),
        ("bmc_address", "BMC-web01.oob:623", "bmc-web01.oob:623"),
        ("bmc_address", "[FD00::9]:623", "[fd00::9]:623"),
        ("bmc_address", "[fd00::9]", "fd00::9"),
        ("bmc_address", "fd00::9", "fd00::9"),
        ("bmc_password", " pa ss ", " pa ss "),
        ("bmc_password", "", ""),
        ("console_port", "TTYS1", "ttyS1"),
        ("console_port", "/dev/ttyAMA0", "ttyAMA0"),
        ("console_speed", "115200n8", 115200),
        ("console_speed", "9600", 9600),
        ("disk", " Size=480GB,  smallest", "size=480G smallest"),
        ("os", "debian-12", "debian-12"),
        ("labels", "team=web;env=prod; ", (("env", "prod"), ("team", "web"))),
        ("labels", "环境＝生产；a=b=c", (("a", "b=c"), ("环境", "生产"))),
        ("state", "In  Service", Service.IN_SERVICE),
        ("state", "在用", Service.IN_SERVICE),
        ("state", "new", Service.NEW),
        ("protected", "Yes", Protection("", "", 0)),
        ("protected", "否", None),
        # A dash empties, where a blank cell keeps.
        ("rack", " - ", ""),
        ("macs", "-", ()),
        ("vlan", "-", None),
        ("console_port", "-", ""),
        ("console_speed", "-", 115200),
        ("bmc_type", "-", BmcType.MANUAL),
        ("bmc_password", "-", ""),
        ("labels", "-", ()),
    ],
)  # fmt: skip
def test_a_cell_has_one_normal_form(field: str, text: str, value: object) -> None:
    assert read(BY_NAME[field], text) == value


@pytest.mark.parametrize(
    ("field", "text", "key"),
    [
        ("hostname", "web_01", "register_hostname"),
        ("hostname", "-web", "register_hostname"),
        ("hostname", "web..sh1", "register_hostname"),
        ("hostname", "10.0.0.5", "register_hostname"),
        ("hostname", "a" * 64, "register_hostname"),
        ("hostname", ".".join(["a" * 60] * 5), "register_hostname"),
        ("hostname", "-", "register_cannot_be_empty"),
        ("site", "-", "register_cannot_be_empty"),
        ("rack", "x" * 401, "register_too_long"),
        ("rack", "A\x0012", "register_unprintable"),
        ("rack", "A\u200b12", "register_unprintable"),
        ("serial", "To be filled by O.E.M.", "register_placeholder"),
        ("serial", "0", "register_placeholder"),
        ("macs", "52:54:00:aa:bb", "register_mac"),
        ("macs", "01:00:5e:00:00:01", "register_mac"),
        ("macs", "00:00:00:00:00:00", "register_mac"),
        ("macs", "52:54:00:aa:bb:01=!", "register_mac"),
        ("macs", "52:54:00:aa:bb:01, 52-54-00-AA-BB-01", "register_twice"),
        ("addresses", "10.0.0.5", "register_address_prefix"),
        ("addresses", "10.0.0.0/24", "register_address_not_host"),
        ("addresses", "10.0.0.255/24", "register_address_not_host"),
        ("addresses", "127.0.0.1/8", "register_address_not_host"),
        ("addresses", "224.0.0.1/24", "register_address_not_host"),
        ("addresses", "fe80::1/64", "register_address_not_host"),
        ("addresses", "fd00::5%eth0/64", "register_address_not_host"),
        ("addresses", "10.0.0.999/24", "register_address"),
        ("addresses", "10.0.0.5/33", "register_address"),
        ("addresses", "10.0.0.5/24 10.0.0.5/16", "register_twice"),
        ("gateway", "router", "register_ip"),
        ("gateway", "0.0.0.0", "register_ip"),
        ("vlan", "0", "register_vlan"),
        ("vlan", "4095", "register_vlan"),
        ("vlan", "١٢", "register_vlan"),
        ("dns", "10.0.0.2, ns1", "register_ip"),
        ("bmc_type", "drac", "register_choice"),
        ("bmc_address", "10.0.1.5:0", "register_endpoint"),
        ("bmc_address", "10.0.1.5:70000", "register_endpoint"),
        ("bmc_address", "http://10.0.1.5/", "register_endpoint"),
        ("bmc_address", "10.0.1.500", "register_endpoint"),
        ("bmc_address", "x; rm -rf /", "register_endpoint"),
        ("bmc_password", "a\nb", "register_unprintable"),
        ("console_port", "COM1", "register_console_port"),
        ("console_port", "ttyS0 init=/bin/sh", "register_console_port"),
        ("console_speed", "12345", "register_choice"),
        ("disk", "sda", "disk_selector_term"),
        ("os", "debian 12", "register_name"),
        ("os", "../etc", "register_name"),
        ("labels", "prod", "register_label"),
        ("labels", "=prod", "register_label"),
        ("labels", "env=a;env=b", "register_twice"),
        ("state", "broken", "register_choice"),
        ("protected", "maybe", "register_choice"),
    ],
)
def test_a_wrong_cell_says_why(field: str, text: str, key: str) -> None:
    problem = read(BY_NAME[field], text)
    assert isinstance(problem, Problem), problem
    assert (problem.key, problem.values["field"]) == (key, field)
    assert EN[key].format_map(problem.values)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("hostname", "hostname"), ("Host Name", "hostname"), ("主机名", "hostname"), ("SN", "serial"),
        ("序列号/SN", "serial"), ("SN(序列号)", "serial"), ("Serial-Number", "serial"), ("机柜", "rack"), ("机房", "site"),
        ("U位", "unit"), ("MAC 地址", "macs"), ("IP地址", "addresses"), ("网关", "gateway"), ("带外IP", "bmc_address"),
        ("带外密码", "bmc_password"), ("机型", "model"), ("操作系统", "os"), ("负责人", "owner"), ("service", "state"),
        ("labels.env", "labels.env"), ("Labels. Env ", "labels.Env"),
    ],
)  # fmt: skip
def test_headers_in_the_words_of_operators(header: str, name: str) -> None:
    field = column(header)
    assert field is not None
    assert field.name == name


def test_an_unknown_header_is_no_field() -> None:
    assert column("colour") is None


def test_no_header_means_two_fields() -> None:
    headers = [header for field in FIELDS for header in (field.name.replace("_", ""), *field.headers)]
    assert len(headers) == len(set(headers))


def test_one_label_is_set_changed_removed_and_leaves_the_others() -> None:
    env, team = column("labels.env"), column("labels.team")
    assert env
    assert team
    machine = changed(blank("sh1"), {env: "prod", team: "web"})
    assert machine.labels == (("env", "prod"), ("team", "web"))
    assert changed(machine, {env: "test"}).labels == (("env", "test"), ("team", "web"))
    assert changed(machine, {env: read(env, "-")}).labels == (("team", "web"),)
