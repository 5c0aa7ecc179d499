"""The set of test playbooks: each playbook has one, the platform is told of it, it knows no tenant, and it can fail."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_absolute import Permission
from pack_files import PACK, ROOT, read_item

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def names(folder: str) -> set[str]:
    return {read_item(path)["name"] for path in (PACK / folder).glob("*.yml")}


def test_each_playbook_has_a_test_that_the_platform_is_told_of() -> None:
    listed = {entry["playbookID"] for entry in read_item(ROOT / "Tests/conf.json")["tests"]}
    assert listed == names("TestPlaybooks")
    for path in (PACK / "Playbooks").glob("*.yml"):
        tests = read_item(path)["tests"]
        assert tests
        assert set(tests) <= listed


@pytest.mark.parametrize("path", sorted((PACK / "TestPlaybooks").glob("*.yml")), ids=lambda path: path.stem)
def test_it_knows_no_tenant_and_fails_where_it_should(path: Path, desk_without: Callable[..., Any]) -> None:
    playbook = read_item(path)
    own = {task["taskid"] for task in playbook["tasks"].values()}
    assert set(UUID.findall(path.read_text(encoding="utf-8"))) <= own
    run = desk_without(Permission.VIEW_DEVICE_REPORTS).play(playbook["name"])
    assert not run.ok
