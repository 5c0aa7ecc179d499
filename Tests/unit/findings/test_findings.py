"""Each finding has the form that findings/README.md describes. Nothing is run: findings need the network and time."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "findings"
FINDINGS = sorted(FOLDER.glob("*.sh"))
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")
PARTS = ["Guess", "Seen", "Versions", "Matters"]
HEREDOC = re.compile(r"<<'PYTHON'\n(.*?)\nPYTHON$", re.DOTALL | re.MULTILINE)

each = pytest.mark.parametrize("finding", FINDINGS, ids=lambda path: path.stem)


def title(finding: Path) -> str:
    return finding.read_text(encoding="utf-8").splitlines()[1].removeprefix("# ")


def header(finding: Path) -> dict[str, str]:
    """The parts of the comment at the head, by name."""
    head = finding.read_text(encoding="utf-8").partition("\nset -euo pipefail\n")[0]
    text = re.sub(r"\n# +", " ", head.partition("\n#\n")[2])
    return dict(re.findall(r"^# (\w+): (.+)$", f"# {text.removeprefix('# ')}".replace("\n#\n", "\n"), re.MULTILINE))


def versions(finding: Path) -> str:
    """What was run, without the version of Python, which is the same for all."""
    return header(finding)["Versions"].removesuffix("; Python 3.11")


@each
def test_it_begins_with_what_was_guessed_and_what_was_seen(finding: Path) -> None:
    assert list(header(finding)) == PARTS
    assert header(finding)["Versions"].endswith("; Python 3.11")


@each
def test_it_can_be_run_from_anywhere_and_leaves_nothing(finding: Path) -> None:
    text = finding.read_text(encoding="utf-8")
    assert os.access(finding, os.X_OK)
    assert text.startswith("#!/usr/bin/env bash\n")
    assert 'folder="$(mktemp -d)"\ntrap \'rm -rf "$folder"\' EXIT\n' in text
    assert "local_absolute" not in text
    assert "Absolute.py" not in text
    subprocess.run(["bash", "-n", finding], check=True)  # noqa: S607


@each
def test_what_it_installs_is_pinned(finding: Path) -> None:
    lines = finding.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    installed = [line.split("--disable-pip-version-check")[1].split() for line in lines if '/bin/pip" install' in line]
    assert installed
    for package in (package.strip('"') for packages in installed for package in packages):
        assert re.fullmatch(r"[\w.-]+==[\w.]+", package)
    for version in re.findall(r" (\d+(?:\.\w+)+)", versions(finding)):
        # Of openssl the machine's is taken.
        assert f"=={version}" in " ".join(lines) or f"({version})" in versions(finding)


@each
def test_it_fails_when_the_behaviour_changes(finding: Path) -> None:
    programs = HEREDOC.findall(finding.read_text(encoding="utf-8"))
    assert programs
    for program in programs:
        compile(program, finding.name, "exec")
    assert any(re.search(r"^ *assert ", program, re.MULTILINE) for program in programs)
    assert all("print(" in program for program in programs)


def test_the_index_lists_each_with_its_title_and_versions() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\((\w+\.sh)\) \| (.+) \| (.+) \|$", INDEX, re.MULTILINE)
    assert all(file == f"{name}.sh" for name, file, _, _ in rows)
    listed = {name: (what, run) for name, _, what, run in rows}
    assert len(listed) == len(rows)
    assert listed == {finding.stem: (title(finding), versions(finding)) for finding in FINDINGS}


def test_the_suite_does_not_run_them() -> None:
    configured = (FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8")
    made = (FOLDER.parent / "Makefile").read_text(encoding="utf-8") + (FOLDER.parent / ".ci" / "run").read_text(encoding="utf-8")
    assert 'testpaths = ["Tests", "Packs"]' in configured
    assert "findings" not in made
