"""Each playbook's README says what the playbook says: its inputs with their defaults, its outputs, its commands."""

import re
from pathlib import Path
from typing import Any

import pytest
from pack_files import PACK, read_item

PLAYBOOKS = sorted((PACK / "Playbooks").glob("*.yml"))


def section(readme: str, title: str) -> str:
    """The text under a heading, up to the next one of its level or above."""
    level = len(title) - len(title.lstrip("#"))
    found = re.search(rf"^{re.escape(title)}\n(.*?)(?=^#{{1,{level}}} |\Z)", readme, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def table(text: str) -> list[list[str]]:
    """The cells of the rows below a table's header."""
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def plain(cell: str) -> str:
    """Without Markdown's backslashes."""
    return re.sub(r"\\(.)", r"\1", cell)


def as_cell(text: str) -> str:
    """As demisto-sdk writes a text into a table."""
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>").strip()


def default(value: dict[str, Any]) -> str | None:
    """A plain default value; None for one that is put together."""
    return as_cell(str(value.get("simple", ""))) if "complex" not in value else None


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem.removeprefix("playbook-"))
def test_the_readme_is_in_step(path: Path) -> None:
    playbook = read_item(path)
    readme = path.with_name(f"{path.stem}_README.md").read_text(encoding="utf-8")
    inputs = {plain(row[0]): (plain(row[1]), row[2]) for row in table(section(readme, "## Playbook Inputs"))}
    assert list(inputs) == [one["key"] for one in playbook["inputs"]]
    for one in playbook["inputs"]:
        description, shown = inputs[one["key"]]
        assert description == as_cell(one["description"])
        assert default(one["value"]) in (None, shown.replace("\\|", "|")), "only a bar is written with a backslash there"
    outputs = {plain(row[0]): plain(row[1]) for row in table(section(readme, "## Playbook Outputs"))}
    assert outputs == {one["contextPath"]: as_cell(one["description"]) for one in playbook["outputs"]}
    scripts = [task["task"].get("script", "") for task in playbook["tasks"].values()]
    commands = {script.partition("|||")[2] for script in scripts if script}
    assert set(re.findall(r"^\* (\S+)$", section(readme, "### Commands"), re.MULTILINE)) == commands


def test_who_gives_back_an_object_names_its_keys() -> None:
    """The editor offers a caller only those that are declared: what one playbook declares of an object, all do."""
    given = {path.stem: {one["contextPath"] for one in read_item(path)["outputs"]} for path in PLAYBOOKS}
    known = {key.rpartition(".")[0] for keys in given.values() for key in keys} - {""}
    bare = {
        name: missing
        for name, keys in given.items()
        if (missing := {key for key in keys & known if not any(other.startswith(f"{key}.") for other in keys)})
    }
    assert bare == {}
