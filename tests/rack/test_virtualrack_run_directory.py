"""Run directories: a living rack's is safe, a dead rack's is swept, anybody else's is left alone."""

import os
from pathlib import Path

import pytest

from virtualrack.rundir import RunDir, RunDirError, claim, keep_logs


def test_a_living_racks_directory_is_refused(tmp_path: Path) -> None:
    lock = claim(tmp_path / "a")
    with pytest.raises(RunDirError, match="running"):
        claim(tmp_path / "a")
    os.close(lock)


def test_a_dead_racks_directory_is_taken_over_empty(tmp_path: Path) -> None:
    os.close(claim(tmp_path / "a"))
    (tmp_path / "a" / "old").touch()
    os.close(claim(tmp_path / "a"))
    assert not (tmp_path / "a" / "old").exists()


def test_dead_siblings_are_swept_and_living_ones_stay(tmp_path: Path) -> None:
    living = claim(tmp_path / "living")
    os.close(claim(tmp_path / "dead"))
    os.close(claim(tmp_path / "new"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["living", "new"]
    os.close(living)


def test_a_directory_that_no_rack_made_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").touch()
    with pytest.raises(RunDirError, match="something else"):
        claim(tmp_path / "home")
    os.close(claim(tmp_path / "rack"))
    assert (tmp_path / "home" / "letter").exists()


def test_evidence_is_kept_and_disks_are_not(tmp_path: Path) -> None:
    lock = claim(tmp_path / "a")
    files = RunDir(tmp_path / "a").machine("node1")
    files.directory.mkdir()
    files.console_log.write_bytes(b"SeaBIOS")
    (files.directory / "disk-VR-1.raw").touch()
    keep_logs(RunDir(tmp_path / "a"), tmp_path / "kept")
    assert [p for p in (tmp_path / "kept").rglob("*") if p.is_file()] == [
        tmp_path / "kept" / "machines" / "node1" / "console.log"
    ]
    os.close(lock)
