"""What the papers take from the catalogue: the examples of the reference, and two tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from catalogue.entries import Catalogue, Entry

PERMISSIONS = "| Commands | The token needs | And for more |"
COMMANDS = "| capability | commands |"
EXAMPLES = "# Made by `make docs` from Utils/catalogue/commands.yml."


def example_lines(catalogue: Catalogue) -> list[str]:
    return [f"!{line}" for entry in catalogue for line in entry.examples]


def examples(catalogue: Catalogue) -> str:
    """command_examples.txt, as `demisto-sdk generate-docs` reads it."""
    return "\n".join([EXAMPLES, *example_lines(catalogue), ""])


def with_permissions(text: str, catalogue: Catalogue, commands: Sequence[str]) -> str:
    """The text with its table of permissions as it should be: commands with the same permissions stand in one row.

    Raises ValueError when there is no such table.
    """
    rows: dict[tuple[str, str], list[str]] = {}
    for entry in sorted(catalogue.entries, key=lambda entry: _place(entry, commands)):
        rows.setdefault((entry.needs, entry.for_more), []).append(f"`{entry.name}`" if entry.is_command else entry.name)
    return _with_table(text, PERMISSIONS, (f"{', '.join(names)} | {needs} | {more}" for (needs, more), names in rows.items()))


def with_commands(text: str, catalogue: Catalogue, commands: Sequence[str]) -> str:
    """The root README with its table as it should be. Raises ValueError when there is no such table."""
    shown = {entry.name: f"`{entry.name}` ({entry.remark})" if entry.remark else f"`{entry.name}`" for entry in catalogue}
    groups = catalogue.by_capability(commands).items()
    return _with_table(text, COMMANDS, (f"{name} | {', '.join(shown[one] for one in found)}" for name, found in groups))


def _place(entry: Entry, commands: Sequence[str]) -> int:
    return commands.index(entry.name) if entry.is_command else len(commands)


def _with_table(text: str, head: str, rows: Iterable[str]) -> str:
    lines = text.splitlines()
    begin = lines.index(head)
    length = len([*takewhile(lambda line: line.startswith("|"), lines[begin:])])
    table = [head, "| --- " * (head.count("|") - 1) + "|", *(f"| {row} |".replace("|  |", "| |") for row in rows)]
    return "\n".join([*lines[:begin], *table, *lines[begin + length :], ""])
