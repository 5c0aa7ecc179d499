"""Whether Markdown of the war room shows what it says and nothing else, read by a Markdown parser."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Raw HTML is read as such, so that it is noticed: the war room may pass it on.
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_CELL_END = re.compile(r"(?<!\\)((?:\\\\)*)\|")
MAP = "https://www.openstreetmap.org/"  # the one link of the integration
FOREIGN = {"html_block", "html_inline", "link_open", "image"}
# What the platform reads before Markdown: the JSON of a button that runs a command, and colours, as {{color:red}}(text).
MARKS = {"button": "%%%", "colour": "{{"}


def broken_tables(markdown: str) -> Iterator[str]:
    """Rows that do not have as many cells as the header of their table."""
    cells = 0
    for line in markdown.splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        found = len(_CELL_END.findall(line))
        cells = cells or found
        if found != cells:
            yield f"{found} cell ends where the header has {cells}: {line[:200]}"


def foreign_parts(markdown: str) -> Iterator[str]:
    """HTML, links, pictures, buttons and colours. The integration writes none, so they come from somebody's data."""
    for token in _tokens(_PARSER.parse(markdown)):
        if token.type in FOREIGN and not str(token.attrs.get("href", "")).startswith(MAP):
            yield f"{token.type}: {(token.content or str(token.attrs))[:100]}"
    for name, mark in MARKS.items():
        if mark in markdown:
            yield f"{name}: {markdown[markdown.index(mark) :][:100]}"


def shown(markdown: str) -> str:
    """What a reader sees, in one line."""
    parts = (token.content if token.type == "text" else " " for token in _tokens(_PARSER.parse(markdown)) if not token.children)
    return " ".join("".join(parts).split())


def _tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _tokens(token.children or [])
