"""What a tool of the SDK made of the same content is not made again, and nothing else is taken for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sdk_gate import content_repository
from sdk_gate.checks import ToolFailedError, models
from sdk_gate.content_repository import PACK, WRITTEN, ContentRepository

TOOL = """
import pathlib, sys
runs, written = map(pathlib.Path, sys.argv[1:])
runs.write_text(runs.read_text() + "x")
written.write_text(f"written by run {len(runs.read_text())}")
print("run", len(runs.read_text()))
sys.exit(3)
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ContentRepository:
    monkeypatch.setattr(content_repository, "KEPT", tmp_path / "kept" / "sdk_gate")
    repository = ContentRepository(tmp_path)
    (repository.folder / "tool.py").write_text(TOOL)
    (tmp_path / "runs").write_text("")
    return repository


def test_the_same_content_is_given_to_a_tool_once(repository: ContentRepository, tmp_path: Path) -> None:
    def seen(**environment: str) -> tuple[int, str, str]:
        done = repository.run_once("tool", str(tmp_path / "runs"), f"{WRITTEN}/report", **environment)
        return done.returncode, done.stdout, (done.written / "report").read_text()

    def first(number: int) -> tuple[int, str, str]:
        return 3, f"run {number}\n", f"written by run {number}"

    assert [seen(), seen()] == [first(1), first(1)]
    assert seen(LEVEL="strict") == first(2)
    changed = repository.folder / PACK / "README.md"
    before = changed.read_bytes()
    changed.write_bytes(before + b" ")
    assert [seen(), seen()] == [first(3), first(3)]
    repository.commit()
    assert seen() == first(4), "what is compared with the branch has changed"
    changed.rename(changed.with_name("README2.md"))
    assert seen() == first(5)


CHANGES: dict[str, Callable[[pytest.MonkeyPatch, ContentRepository], Any]] = {
    "packages and programs": lambda patch, _: patch.setattr(content_repository, "tools", lambda: "others"),
    "configuration": lambda _, repository: (repository.folder / "validation_config.toml").write_text("[offline]"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_another_answer_with_other(
    change: Callable[[pytest.MonkeyPatch, ContentRepository], Any],
    repository: ContentRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ("tool", str(tmp_path / "runs"), f"{WRITTEN}/report")
    assert repository.run_once(*arguments).stdout == "run 1\n"
    change(monkeypatch, repository)
    assert repository.run_once(*arguments).stdout == "run 2\n"


def test_programs_of_any_depth_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_repository, "ROOT", tmp_path)
    program = tmp_path / "Utils" / "local_xsoar" / "scripts" / "script.py"
    program.parent.mkdir(parents=True)
    digests = set()
    for text in ("", "print()"):
        program.write_text(text)
        digests.add(content_repository.tools.__wrapped__())
    assert len(digests) == 2


def test_a_tool_that_fails_is_tried_again(repository: ContentRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = repository.run
    monkeypatch.setattr(repository, "run", lambda *_, **__: run("no_such_module"))
    with pytest.raises(ToolFailedError, match="no_such_module"):
        models(repository)
    monkeypatch.undo()
    monkeypatch.setattr(content_repository, "KEPT", tmp_path / "kept" / "sdk_gate")
    assert models(repository) == []


def test_few_answers_are_kept(repository: ContentRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_repository, "MOST_KEPT", 2)
    for level in "abc":
        repository.run_once("tool", str(tmp_path / "runs"), f"{WRITTEN}/report", LEVEL=level)
    kept = [*content_repository.KEPT.iterdir()]
    assert len(kept) == 2
    assert {json.loads((one / "done.json").read_text())["stdout"] for one in kept} == {"run 2\n", "run 3\n"}
