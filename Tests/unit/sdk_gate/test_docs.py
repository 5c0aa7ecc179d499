"""The documentation says what is true: examples that ran, permissions that the calls need, names that exist."""

import difflib
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from local_absolute.permissions import Permission
from sdk_gate.checks import read_manifest
from sdk_gate.content_repository import INTEGRATION, PACK, ROOT, ContentRepository
from sdk_gate.examples import Example
from sdk_gate.readme import EXAMPLES, README, ExampleError, play_documentation, reference, up_to_date_readme

PERMISSIONS = sorted((permission.value for permission in Permission), key=len, reverse=True)
TO_FIND_DEVICES = {Permission.VIEW_DEVICE_REPORTS.value}
TRIES_EVERYTHING = "absolute-token-permissions-get"
CODE = re.compile(r"^(?:>?```\n.*?^>?```$|>?```json\n.*?^>?```$)|(`+)(?!`).+?(?<!`)\1(?!`)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ContentRepository:
    return ContentRepository(tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="module")
def played(repository: ContentRepository) -> list[Example]:
    """Every example of the documentation, run once."""
    return play_documentation(repository)


@pytest.fixture(scope="module")
def commands(repository: ContentRepository) -> list[str]:
    return [command["name"] for command in read_manifest(repository)["script"]["commands"]]


def test_the_readme_is_up_to_date(repository: ContentRepository, played: list[Example]) -> None:
    present = (repository.folder / README).read_text()
    wanted = up_to_date_readme(repository, played)
    difference = difflib.unified_diff(present.splitlines(), wanted.splitlines(), "README.md", "as it should be", "", "", 1, "")
    short = "\n".join(islice(difference, 40))
    if short:
        pytest.fail(f"{README} is out of date, run make docs\n{short}", pytrace=False)


def test_an_example_that_is_refused_is_not_published(repository: ContentRepository, played: list[Example]) -> None:
    refused = [example for example in played if example.refused]
    assert [example.command for example in refused] == ["absolute-device-freeze-request"], "the one in the introduction"
    with pytest.raises(ExampleError, match="matches 2 devices"):
        reference(repository, refused)


def test_a_command_without_example_is_refused(tmp_path: Path) -> None:
    repository = ContentRepository(tmp_path)
    examples = repository.folder / EXAMPLES
    examples.write_text(examples.read_text().replace("!endpoint ", "# endpoint "))
    with pytest.raises(ExampleError, match="no example of endpoint"):
        play_documentation(repository)


@pytest.mark.parametrize("name", [README, PACK / "README.md", INTEGRATION / "Absolute_description.md"], ids=str)
def test_markdown_is_safe_for_mdx(name: Path) -> None:
    """The documentation site reads MDX, where a tag that is not closed and a brace are code."""
    text = CODE.sub("", (ROOT / name).read_text())
    for harmless in ("<br/>", "<span>", "</span>"):
        text = text.replace(harmless, "")
    assert re.findall(r".*[<{}].*", text) == []


def test_the_readme_names_nothing_of_the_machine_that_made_it() -> None:
    text = (ROOT / README).read_text()
    assert "127.0.0.1" not in text
    assert str(ROOT) not in text


# The permission table ------------------------------------------------------------------------------------------------


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


@pytest.fixture(scope="module")
def permission_table() -> dict[str, tuple[set[str], set[str]]]:
    """By command: the permissions that it always needs, and those that it needs for more."""
    text = (ROOT / INTEGRATION / "Absolute_description.md").read_text()
    section = text.partition("### 2.")[2].partition("### 3.")[0]
    rows = [row for row in table_rows(section) if row[0].startswith("`")]
    listed = [(command, row) for row in rows for command in re.findall(r"`([^`]+)`", row[0])]
    assert len(listed) == len({command for command, _ in listed}), "a command is listed twice"
    return {command: (permissions_in(row[1]), permissions_in(row[2])) for command, row in listed}


def permissions_in(cell: str) -> set[str]:
    """The permissions that a cell names, longest names first: one name may be the end of another."""
    found, text = set(), cell.replace("*", "")
    for name in PERMISSIONS:
        if name in text:
            found.add(name)
            text = text.replace(name, "")
    return found


def test_the_permission_table_has_every_command(
    permission_table: dict[str, tuple[set[str], set[str]]], commands: list[str]
) -> None:
    assert set(permission_table) == set(commands)


def test_the_permission_table_names_what_the_calls_need(
    permission_table: dict[str, tuple[set[str], set[str]]], played: Sequence[Example], commands: list[str]
) -> None:
    for command in commands:
        if command == TRIES_EVERYTHING:
            continue
        always, for_more = permission_table[command]
        used = set().union(*(example.permissions for example in played if example.command == command))
        assert used <= always | for_more | TO_FIND_DEVICES, f"{command} needs more than the table says"
        assert always <= used, f"{command} needs less than the table says"


# What is named exists ------------------------------------------------------------------------------------------------


def test_the_root_readme_names_every_command_and_no_other(commands: list[str]) -> None:
    text = (ROOT / "README.md").read_text()
    section = text.partition("## Commands\n")[2].partition("\n## ")[0]
    listed = {part for row in table_rows(section) for part in re.findall(r"`([a-z-]+)`", " ".join(row[1:]))}
    assert listed == set(commands)


@pytest.mark.parametrize("name", [README, PACK / "README.md", INTEGRATION / "Absolute_description.md", EXAMPLES], ids=str)
def test_commands_that_are_named_exist(name: Path, commands: list[str]) -> None:
    """A name with a `*` at its end stands for several commands."""
    named = set(re.findall(r"(?<![\w/])absolute-(?:[a-z]+-)+[a-z]+\b(?![-*\\])", (ROOT / name).read_text()))
    assert named - {"absolute-device-get-events"} <= set(commands)


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert named
    assert named <= targets


def test_the_release_notes_name_every_command_and_no_other(commands: list[str]) -> None:
    notes = (ROOT / PACK / "ReleaseNotes" / "3_0_0.md").read_text()
    assert set(re.findall(r"\*\*\*([a-z-]+)\*\*\*", notes)) == set(commands)
