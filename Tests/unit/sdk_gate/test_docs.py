"""The documentation says what is true: examples that ran, permissions that the calls need, names that exist."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from catalogue import Catalogue, read_catalogue
from local_absolute.permissions import Permission
from playbook_pictures.files import rewrite_positions
from sdk_gate.checks import read_manifest
from sdk_gate.content_repository import INTEGRATION, PACK, ROOT, ContentRepository
from sdk_gate.examples import Example
from sdk_gate.readme import (
    README,
    TEST_PLAYBOOK,
    ExampleError,
    made_of_the_catalogue,
    play_documentation,
    reference,
    up_to_date_readme,
)

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
    return play_documentation(repository, read_catalogue())


@pytest.fixture(scope="module")
def commands(repository: ContentRepository) -> list[str]:
    return [command["name"] for command in read_manifest(repository)["script"]["commands"]]


def test_the_readme_is_up_to_date(repository: ContentRepository, played: list[Example]) -> None:
    assert_up_to_date(README, up_to_date_readme(repository, read_catalogue(), played))


def test_what_the_catalogue_is_behind_is_up_to_date(repository: ContentRepository, tmp_path: Path) -> None:
    wanted = made_of_the_catalogue(repository, read_catalogue())
    laid_out = tmp_path / TEST_PLAYBOOK.name
    laid_out.write_text(wanted[TEST_PLAYBOOK])
    rewrite_positions(laid_out)
    for name, text in (wanted | {TEST_PLAYBOOK: laid_out.read_text()}).items():
        assert_up_to_date(name, text)


def assert_up_to_date(name: Path, wanted: str) -> None:
    present = (ROOT / name).read_text()
    difference = difflib.unified_diff(present.splitlines(), wanted.splitlines(), name.name, "as it should be", "", "", 1, "")
    if short := "\n".join(islice(difference, 40)):
        pytest.fail(f"{name} is out of date, run make docs\n{short}", pytrace=False)


def test_the_catalogue_has_every_command_and_no_other(commands: list[str]) -> None:
    found = sorted(entry.name for entry in read_catalogue())
    assert found == sorted(commands), f"commands.yml and Absolute.yml differ in {set(found) ^ set(commands)}"


def test_an_example_that_is_refused_is_not_published(repository: ContentRepository, played: list[Example]) -> None:
    refused = [example for example in played if example.refused]
    assert [example.command for example in refused] == ["absolute-device-freeze-request"], "the one in the introduction"
    with pytest.raises(ExampleError, match="matches 2 devices"):
        reference(repository, refused)


def test_a_command_without_example_is_refused(tmp_path: Path) -> None:
    without = Catalogue(tuple(replace(entry, examples=()) if entry.name == "endpoint" else entry for entry in read_catalogue()))
    with pytest.raises(ExampleError, match="no example of endpoint"):
        play_documentation(ContentRepository(tmp_path), without)


def test_a_command_that_the_catalogue_does_not_have_is_named(repository: ContentRepository) -> None:
    without = Catalogue(tuple(entry for entry in read_catalogue().entries if entry.name != "endpoint"))
    with pytest.raises(ExampleError, match="do not both have endpoint"):
        made_of_the_catalogue(repository, without)


@pytest.mark.parametrize("name", [README, PACK / "README.md", INTEGRATION / "Absolute_description.md"], ids=str)
def test_markdown_is_safe_for_mdx(name: Path) -> None:
    """The documentation site reads MDX, where a tag that is not closed and a brace are code."""
    text = re.sub(r"</?~[A-Z,]+>", "", CODE.sub("", (ROOT / name).read_text()))  # the SDK takes out the tags of marketplaces
    for harmless in ("<br/>", "<span>", "</span>"):
        text = text.replace(harmless, "")
    assert re.findall(r".*[<{}].*", text) == []


def test_the_readme_names_nothing_of_the_machine_that_made_it() -> None:
    text = (ROOT / README).read_text()
    assert "127.0.0.1" not in text
    assert str(ROOT) not in text


# The permission table ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def permission_table() -> dict[str, tuple[set[str], set[str]]]:
    """By command: the permissions that it always needs, and those that it needs for more."""
    return {entry.name: (permissions_in(entry.needs), permissions_in(entry.for_more)) for entry in read_catalogue()}


def permissions_in(cell: str) -> set[str]:
    """The permissions that a cell names, longest names first: one name may be the end of another."""
    found, text = set(), cell.replace("*", "")
    for name in PERMISSIONS:
        if name in text:
            found.add(name)
            text = text.replace(name, "")
    return found


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
