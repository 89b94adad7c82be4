"""The vault: sealed text opens only where it was sealed, and the key file is kept to one user."""

from __future__ import annotations

from pathlib import Path

import pytest

from rackwright.values.errors import OperatorMustFix
from rackwright.vault.key_file import NAME
from rackwright.vault.vault import Place, Vault, open_vault

HERE = Place("machine", "0190-aa", "bmc_password")
SECRET = "pass'wd 密码"


@pytest.mark.parametrize("text", ["", "x", SECRET, "a" * 5000])
def test_what_was_sealed_opens_again(tmp_path: Path, text: str) -> None:
    assert open_vault(tmp_path).open(open_vault(tmp_path).seal(text, HERE), HERE) == text


def test_sealed_text_names_its_key_and_hides_the_secret(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    version, key_id, body = vault.seal(SECRET, HERE).split(":")
    assert (version, key_id) == ("v1", vault.key_id)
    assert body != vault.seal(SECRET, HERE).split(":")[2]
    assert "pass" not in body
    assert "key" not in repr(vault)


@pytest.mark.parametrize(
    "other",
    [
        Place("token", "0190-aa", "bmc_password"),
        Place("machine", "0190-ab", "bmc_password"),
        Place("machine", "0190-aa", "x"),
    ],
)
def test_sealed_text_opens_in_no_other_place(tmp_path: Path, other: Place) -> None:
    vault = open_vault(tmp_path)
    with pytest.raises(OperatorMustFix, match="vault_changed"):
        vault.open(vault.seal(SECRET, HERE), other)


def test_a_changed_character_is_noticed(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    sealed = vault.seal(SECRET, HERE)
    start = sealed.rindex(":") + 1
    for at in range(start, len(sealed) - 2):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(OperatorMustFix, match="vault_changed"):
            vault.open(changed, HERE)


@pytest.mark.parametrize("body", ["", "A", "AAAA", "!!", "==", "密"])
def test_a_body_that_is_no_sealed_text_is_refused(body: str) -> None:
    vault = Vault(bytes(32))
    with pytest.raises(OperatorMustFix, match="vault_changed"):
        vault.open(f"v1:{vault.key_id}:{body}", HERE)


@pytest.mark.parametrize("sealed", ["", "secret", "v2:00000000:AAAA"])
def test_text_of_another_form_is_not_taken_for_a_secret(sealed: str) -> None:
    with pytest.raises(OperatorMustFix, match="vault_not_sealed"):
        Vault(bytes(32)).open(sealed, HERE)


def test_another_key_is_named() -> None:
    sealed = Vault(bytes(32)).seal(SECRET, HERE)
    other = Vault(b"\1" * 32)
    with pytest.raises(OperatorMustFix, match="vault_other_key") as caught:
        other.open(sealed, HERE)
    assert caught.value.values["own"] == other.key_id


def test_errors_carry_no_secret() -> None:
    with pytest.raises(OperatorMustFix) as caught:
        Vault(bytes(32)).open("plain-secret", HERE)
    assert "plain-secret" not in str(caught.value)


def test_derived_tokens_are_the_same_again_and_differ_by_label_and_key() -> None:
    vault = Vault(bytes(32))
    token = vault.derive("session:1")
    assert token == Vault(bytes(32)).derive("session:1")
    assert len({token, vault.derive("session:2"), Vault(b"\1" * 32).derive("session:1")}) == 3
    assert len(token) == 43
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_key_file_is_made_once_and_for_one_user(tmp_path: Path) -> None:
    first = open_vault(tmp_path)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert open_vault(tmp_path).key_id == first.key_id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    open_vault(tmp_path)
    (tmp_path / NAME).chmod(mode)
    with pytest.raises(OperatorMustFix, match="vault_key_open_to_others"):
        open_vault(tmp_path)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44, b"QUFB\n"])
def test_a_damaged_key_file_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    (tmp_path / NAME).chmod(0o600)
    with pytest.raises(OperatorMustFix, match="vault_key_damaged"):
        open_vault(tmp_path)
    assert (tmp_path / NAME).read_bytes() == content


def test_a_missing_state_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(OperatorMustFix, match="vault_key_unreadable"):
        open_vault(tmp_path / "missing")
