"""War-room entries in a terminal: Markdown with tables, links and raw HTML, readable from 80 columns on.

A table that fits is drawn as one; cells break between words only. One that does not fit is written out row by row,
so that identifiers are never cut or broken.
"""

import html
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.padding import Padding
from rich.styled import Styled
from rich.table import Table
from rich.text import Text

from local_xsoar.command_run import ERROR, FILE, INFO_FILE, MAP, Entry

GFM_TABLES = MarkdownIt("commonmark").enable("table")
LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
HTML_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and newline: nothing steers the terminal
STYLES = {"strong": "bold", "em": "italic"}


def render_entry(entry: dict[str, Any]) -> RenderableType | None:
    """The entry as the war room shows it, None when it shows nothing (a poll without output)."""
    seen = Entry(entry)
    if seen.type in (FILE, INFO_FILE):
        return Text(f"File: {printable(str(entry.get('File')))}", style="cyan")
    if seen.type == MAP:
        return Text(f"Map: {_position(seen.contents)}", style="cyan")
    if seen.type == ERROR:
        return Styled(_error(entry), "red")
    if seen.markdown:
        return render_markdown(seen.markdown)
    if seen.contents and entry.get("HumanReadable") is None and "PollingCommand" not in entry:
        return Text(printable(json.dumps(seen.contents, indent=2, ensure_ascii=False)))
    return None


def _error(entry: dict[str, Any]) -> RenderableType:
    """An error: as text, as the platform shows it, unless it has something to read beside its contents."""
    readable = entry.get("HumanReadable")
    return render_markdown(str(readable)) if readable else Text(printable(Entry(entry).markdown))


def render_markdown(source: str) -> RenderableType:
    """War-room Markdown for the terminal."""
    lines = printable(source).split("\n")
    parts: list[RenderableType] = []
    shown = 0
    for tokens in _tables("\n".join(lines)):
        first, end = tokens[0].map or [0, 0]
        parts += [_prose(lines[shown:first]), _TableOrRecords(_rows(tokens))]
        shown = end
    return Group(*parts, _prose(lines[shown:]))


def notes(source: str) -> str:
    """What war-room Markdown says beside its tables and headings."""
    lines = printable(source).split("\n")
    within = {line for tokens in _tables("\n".join(lines)) for line in range(*(tokens[0].map or (0, 0)))}
    said = [line for number, line in enumerate(lines) if number not in within and not line.startswith("#")]
    return "\n".join(line for line in said if line.strip())


def render_rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> RenderableType:
    """A table of plain texts, in the same manner as those of entries."""
    return _TableOrRecords([[Text(printable(cell)) for cell in row] for row in (header, *rows)])


def printable(text: str) -> str:
    """`text` without characters that would steer the terminal."""
    return CONTROL_CHARACTERS.sub("", text)


def _position(contents: Any) -> str:
    if isinstance(contents, dict) and {"lat", "lng"} <= contents.keys():
        return f"latitude {contents['lat']}, longitude {contents['lng']}"
    return printable(json.dumps(contents))


def _prose(lines: list[str]) -> RenderableType:
    source = HTML_TAG.sub("", LINE_BREAK.sub("\\\n", "\n".join(lines)))
    return Markdown(source, hyperlinks=False) if source.strip() else Group()


def _tables(source: str) -> list[list[Token]]:
    """The tokens of each top-level table in `source`."""
    found: list[list[Token]] = []
    for token in GFM_TABLES.parse(source):
        if token.type == "table_open":
            found.append([])
        if found and (not found[-1] or found[-1][-1].type != "table_close"):
            found[-1].append(token)
    return found


def _rows(tokens: list[Token]) -> list[list[Text]]:
    """The cells of a table; the first row is the header."""
    rows: list[list[Text]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_cell(token.children or []))
    return rows


def _cell(tokens: list[Token]) -> Text:
    cell, styles, link = Text(), [""], ""
    for token in tokens:
        if token.type == "link_open":
            link = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            cell.append(f" ({link})" if link not in cell.plain else "", style="blue")
        elif token.type.endswith("_open"):
            styles.append(STYLES.get(token.type.removesuffix("_open"), ""))
        elif token.type.endswith("_close"):
            styles.pop()
        elif token.type in ("softbreak", "hardbreak") or LINE_BREAK.fullmatch(token.content):
            cell.append("\n")
        elif token.type != "html_inline":
            cell.append(html.unescape(token.content), style=styles[-1])
    cell.rstrip()
    return cell


class _TableOrRecords:
    """A table as wide as the terminal allows, or its rows one after the other."""

    def __init__(self, rows: list[list[Text]]) -> None:
        self.header, self.rows = rows[0], rows[1:]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        fitting = [count for count in self._identifiers() if self._widths(options.max_width, count)]
        below = next((count for count in fitting if self._is_roomy(options.max_width, count)), max(fitting, default=None))
        if below is None:
            yield self._records()
        elif below:
            yield from self._with_lines_below(below, console, options)
        else:
            yield self._table(self._widths(options.max_width) or [])

    def _identifiers(self) -> Iterable[int]:
        """How many of the last columns may stand below their rows: none, and as many as there are identifiers."""
        kept = itertools.dropwhile(lambda title: title.plain.endswith("ID"), reversed(self.header))
        return range(len(self.header) - len([*kept]) + 1)

    def _is_roomy(self, width: int, below: int) -> bool:
        """Whether no cell is broken into more than a few lines."""
        columns = zip(self.header, *self.rows, strict=True)
        widths = self._widths(width, below) or []
        return all(cell_len(cell.plain) <= 3 * size for size, column in zip(widths, columns, strict=False) for cell in column)

    def _with_lines_below(self, count: int, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table without its last columns, which stand below each row, a line for each."""
        shorter = _TableOrRecords([row[:-count] for row in (self.header, *self.rows)])
        lines = console.render_lines(shorter._table(self._widths(options.max_width, count) or [], lines=True), options, pad=False)
        rows = iter(self.rows)
        for line in lines:
            text = "".join(segment.text for segment in line)
            if text[:1] in ("├", "└"):
                for title, cell in zip(self.header[-count:], next(rows)[-count:], strict=True):
                    yield Text(f"│ {f'{title.plain}: {cell.plain}':<{cell_len(text) - 4}} │") if cell.plain else Text("", end="")
            yield Text(text, style="bold" if text.startswith("┃") else "")

    def _widths(self, width: int, below: int = 0) -> list[int] | None:
        """The columns' widths, each at least as wide as its longest word; None when there is no room for that.

        `below`: how many of the last columns stand elsewhere.
        """
        columns = [[title, *cells] for title, *cells in zip(self.header, *self.rows, strict=True)][: len(self.header) - below]
        available = width - 3 * len(columns) - 1
        least = [max(_longest(cell.plain.split()) for cell in column) for column in columns]
        wished = [max(_longest(cell.plain.splitlines()) for cell in column) for column in columns]
        spare, missing = available - sum(least), sum(wished) - sum(least)
        if spare < 0:
            return None
        return [low + (high - low) * min(spare, missing) // max(missing, 1) for low, high in zip(least, wished, strict=True)]

    def _table(self, widths: list[int], lines: bool = False) -> RenderableType:
        table = Table(header_style="bold", show_lines=lines or any("\n" in cell.plain for row in self.rows for cell in row))
        for title, width in zip(self.header, widths, strict=True):
            table.add_column(title, width=width, overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        return table

    def _records(self) -> RenderableType:
        return Group(*(Padding(self._record(row), (0, 0, 1, 0)) for row in self.rows))

    def _record(self, row: list[Text]) -> RenderableType:
        record = Table.grid(padding=(0, 2))
        record.add_column(style="bold", overflow="fold")
        record.add_column(overflow="fold")
        for title, cell in zip(self.header, row, strict=True):
            record.add_row(title, cell)
        return record


def _longest(words: list[str]) -> int:
    return max(map(cell_len, words), default=1)
