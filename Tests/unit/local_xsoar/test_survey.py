"""`python -m local_xsoar survey`: any folder of playbooks through the reader."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import yaml
from local_xsoar import survey as command
from local_xsoar.survey import Survey, survey
from unit.local_xsoar.playbook_support import playbook, script, start, title

OWN = {"name": "OwnScript", "commonfields": {"id": "own-id", "version": -1}, "script": "", "type": "python"}


def put(folder: Path, name: str, raw: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(raw if isinstance(raw, str) else yaml.safe_dump(raw), encoding="utf-8")
    return path


def runs(*tasks: dict[str, Any]) -> dict[str, Any]:
    return playbook("Main", [start("1"), *tasks])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four playbooks of two packs, a script, and files that are none of both."""
    put(tmp_path, "Packs/A/Playbooks/plain.yml", runs(title("x")))
    put(tmp_path, "Packs/A/Playbooks/issue.yml", runs(script("Print", {"value": "${issue.name}"})))
    put(tmp_path, "Packs/B/Playbooks/own.yml", runs(script("OwnScript", {"what": "x"}, ("2",)), script("own-id", {"what": "x"})))
    put(tmp_path, "Packs/B/Playbooks/foreign.yml", runs(script("Nobody's", {"a": "x"}, ("2",)), script("OwnScript", {"b": "y"})))
    put(tmp_path, "Packs/A/Scripts/OwnScript/OwnScript.yml", {**OWN, "args": [{"name": "what", "required": True}]})
    put(
        tmp_path, "Packs/A/Integrations/I/I.yml", {"commonfields": {"id": "I"}, "configuration": [], "script": {"type": "python"}}
    )
    put(tmp_path, "Packs/A/Scripts/broken.yml", "commonfields:\n  id: {")
    put(tmp_path, "Packs/A/notes.yml", "tasks: none")
    return tmp_path


def test_every_playbook_is_read_or_refused_by_name(folder: Path) -> None:
    found = survey(folder)
    assert {path.name: products for path, products in found.readable.items()} == {
        "plain.yml": ("xsoar", "xsiam"),
        "issue.yml": ("xsiam",),
        "own.yml": ("xsoar", "xsiam"),
    }
    assert {path.name: [str(one) for one in refusals] for path, refusals in found.refused.items()} == {
        "foreign.yml": [
            "Main, task 1 (Nobody's): the local XSOAR has no script Nobody's.",
            "Main, task 2 (OwnScript): the script OwnScript has no argument b.",
        ]
    }
    assert found.crashed == {}


def test_reasons_are_counted_by_playbook(folder: Path) -> None:
    put(folder, "Packs/B/Playbooks/another.yml", runs(script("Nobody's"), script("Nobody's")))
    assert survey(folder).reasons() == [
        ("the local XSOAR has no script Nobody's.", 2, 1),
        ("the script OwnScript has no argument b.", 1, 0),
    ]


def start_on(folder: Path, names_all: bool = False) -> int:
    return command.main(argparse.Namespace(folder=folder, all=names_all))


def test_the_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start_on(folder) == 0
    assert capsys.readouterr().out.splitlines() == [
        "4 playbooks: 3 readable, 1 refused, 0 crashed.",
        "Readable for xsiam: 1, xsoar and xsiam: 2.",
        "Refused (in so many playbooks, in so many alone):",
        "    1    0  the local XSOAR has no script Nobody's.",
        "    1    0  the script OwnScript has no argument b.",
    ]


def test_the_report_names_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start_on(folder, names_all=True) == 0
    output = capsys.readouterr().out
    assert f"readable: {folder / 'Packs/A/Playbooks/plain.yml'}" in output
    assert f"refused: {folder / 'Packs/B/Playbooks/foreign.yml'}: Main, task 1 (Nobody's): the local XSOAR" in output


def test_a_reader_that_crashes_is_a_fault_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "Packs/B/Playbooks/odd.yml", "starttaskid: '0'\nname: Odd\ntasks: 7\n")
    assert start_on(folder) == 1
    assert "crashed: " in capsys.readouterr().out


def test_a_folder_without_playbooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start_on(tmp_path) == 2
    assert "There is no playbook below" in capsys.readouterr().out.replace("\n", " ")
    assert survey(tmp_path) == Survey()
