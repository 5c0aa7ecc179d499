"""War-room Markdown in a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from local_xsoar.render import render_entry, render_markdown
from rich.console import Console

IDENTIFIERS = ["4b5a34f6-ae47-4e58-a5b9-1d8f2b6b0001", "4b5a34f6-ae47-4e58-a5b9-1d8f2b6b0002"]


def shown(renderable: Any, width: int = 80) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def table(columns: int) -> str:
    header = "|".join(f"Column {number}" for number in range(columns))
    rows = "\n".join("|" + "|".join([identifier] * columns) + "|" for identifier in IDENTIFIERS)
    return f"### Devices\n|{header}|\n|{'---|' * columns}\n{rows}\n"


def test_a_table_that_fits_is_a_table() -> None:
    lines = shown(render_markdown("### Devices\n|Name|State|\n|---|---|\n| LAB-0001 | frozen |\n")).splitlines()
    assert lines[0].strip() == "Devices"
    assert any("Name" in line and "State" in line for line in lines)
    assert any("LAB-0001" in line and "frozen" in line for line in lines)


def test_an_error_with_a_table_shows_it_as_one() -> None:
    source = "**Failed on 1 of 1 device**: LAB-0001\n\n### Wipe\n|Name|State|\n|---|---|\n| LAB&#45;0001 | failed |\n"
    seen = shown(render_entry({"Type": 4, "ContentsFormat": "text", "Contents": "Failed.", "HumanReadable": source}))
    assert "LAB-0001 │ failed" in seen
    assert "|---|" not in seen
    assert shown(render_entry({"Type": 4, "ContentsFormat": "text", "Contents": "a * b | c"})).strip() == "a * b | c"


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("columns", [1, 2, 3, 12])
def test_identifiers_are_never_cut(columns: int, width: int) -> None:
    output = shown(render_markdown(table(columns)), width)
    assert [output.count(identifier) for identifier in IDENTIFIERS] == [columns, columns]
    assert max(len(line) for line in output.splitlines()) <= width


def test_a_table_that_does_not_fit_is_written_row_by_row() -> None:
    lines = [line.split() for line in shown(render_markdown(table(3)), 80).splitlines()]
    assert ["Column", "0", IDENTIFIERS[0]] in lines


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a<br>b", ["a", "b"]),
        ("a<br/>b", ["a", "b"]),
        (r"a \| b", ["a | b"]),
        ("**bold** and `code`", ["bold and code"]),
        ("[a map](https://example.com/?a=1&b=2)", ["a map (https://example.com/?a=1&b=2)"]),
        ("[https://example.com](https://example.com)", ["https://example.com"]),
        ("&lt;b&gt; &amp; c", ["<b> & c"]),
        ("日本語", ["日本語"]),
        ("<span style='x'>text</span>", ["text"]),
        ("[red]not markup[/red]", ["[red]not markup[/red]"]),
    ],
)
def test_cells(cell: str, text: list[str]) -> None:
    output = shown(render_markdown(f"|Name|\n|---|\n| {cell} |\n"), 100)
    assert [line.strip(" │") for line in output.splitlines()[3:-1]] == text


def test_an_identifier_is_not_broken_to_make_room_for_prose() -> None:
    prose = "Pending: waits for the next call of the agent. " * 3
    output = shown(render_markdown(f"|Id|Reason|Other|\n|---|---|---|\n| {IDENTIFIERS[0]} | {prose} | {prose} |\n"), 90)
    assert IDENTIFIERS[0] in output
    assert "│" in output


def test_text_around_tables_stays_in_order() -> None:
    output = shown(render_markdown("before<br>second line\n\n|A|\n|---|\n| one |\n\nbetween\n\n|B|\n|---|\n| two |\n\nafter"))
    positions = [output.index(word) for word in ("before", "second line", "one", "between", "two", "after")]
    assert positions == sorted(positions)
    assert "before second" not in output


def test_nothing_steers_the_terminal() -> None:
    output = shown(render_markdown("a\x1b]0;title\x07b\n\n|N|\n|---|\n| c\x1b[31md\x9b |\n"))
    assert not {"\x1b", "\x07", "\x9b"} & set(output)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"Type": 1, "HumanReadable": "**hello**", "Contents": {"a": 1}}, "hello"),
        ({"Type": 1, "Contents": "ok", "ContentsFormat": "text"}, "ok"),
        ({"Type": 4, "Contents": "It | failed.", "ContentsFormat": "text"}, "It | failed."),
        ({"Type": 3, "File": "notes.txt", "FileID": "x", "Contents": ""}, "File: notes.txt"),
        ({"Type": 9, "File": "report.txt", "FileID": "x", "Contents": ""}, "File: report.txt"),
        ({"Type": 15, "Contents": {"lat": 51.5, "lng": -0.1}, "ContentsFormat": "json"}, "Map: latitude 51.5, longitude -0.1"),
        ({"Type": 1, "Contents": {"a": 1}, "ContentsFormat": "json", "HumanReadable": None}, '{\n  "a": 1\n}'),
    ],
)
def test_entries(entry: dict[str, Any], text: str) -> None:
    assert "\n".join(line.rstrip() for line in shown(render_entry(entry)).strip().splitlines()) == text


def test_a_poll_without_output_shows_nothing() -> None:
    entry = {"Type": 1, "Contents": None, "ContentsFormat": "json", "HumanReadable": None, "PollingCommand": "c", "NextRun": "30"}
    assert render_entry(entry) is None


def test_identifiers_stand_below_their_rows_where_there_is_no_room_beside_them() -> None:
    reason = "Pending: waits for the next call of the agent. " * 2
    source = (
        f"|Device|Reason|Request UID|Device UID|\n|---|---|---|---|\n| LAB | {reason} | {IDENTIFIERS[0]} | {IDENTIFIERS[1]} |\n"
    )
    lines = shown(render_markdown(source), 80).splitlines()
    assert any("LAB" in line and "Pending" in line for line in lines)
    below = [line.strip("│ ") for line in lines if "UID:" in line]
    assert below == [f"Request UID: {IDENTIFIERS[0]}", f"Device UID: {IDENTIFIERS[1]}"]
    wide = shown(render_markdown(source), 200).splitlines()
    assert any("LAB" in line and IDENTIFIERS[1] in line for line in wide)
