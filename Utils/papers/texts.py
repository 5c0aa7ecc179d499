"""The papers as text, and what is named in them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pack_files import INTEGRATION, PACK, ROOT

README = ROOT / "README.md"
DESCRIPTION = INTEGRATION / "Absolute_description.md"

MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Paper:
    """A Markdown file. `path` is where it stands: relative links start there."""

    path: Path
    text: str

    @classmethod
    def read(cls: type[Paper], path: Path) -> Paper:
        return cls(path, path.read_text(encoding="utf-8"))

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def blocks(self) -> list[Token]:
        return MARKDOWN.parse(self.text)

    @cached_property
    def inlines(self) -> list[Token]:
        """What stands in lines: texts, code, links, images, emphasis."""
        return [child for block in self.blocks for child in block.children or []]

    @property
    def spans(self) -> list[str]:
        """Code within a line."""
        return [token.content for token in self.inlines if token.type == "code_inline"]

    @property
    def code_lines(self) -> list[str]:
        """The lines of code blocks."""
        return [line for block in self.blocks if block.type in ("fence", "code_block") for line in block.content.splitlines()]

    @property
    def links(self) -> list[str]:
        """The addresses of links and pictures, those written in HTML too."""
        found = [token.attrs.get("href") or token.attrs.get("src") for token in self.inlines if token.attrs]
        html = [token.content for token in [*self.inlines, *self.blocks] if token.type in ("html_inline", "html_block")]
        return [str(address) for address in found if address] + re.findall(r'(?:href|src)="([^"]+)"', "".join(html))

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What a link can name after `#`, as GitHub makes it of headings."""
        after_heading = [self.blocks[place + 1] for place, block in enumerate(self.blocks) if block.type == "heading_open"]
        plain = ["".join(child.content for child in block.children or []) for block in after_heading]
        slugs = [_slug(title) for title in plain]
        seen: Counter[str] = Counter()
        anchors = set()
        for slug in slugs:
            anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
        return frozenset(anchors)

    @property
    def emphasised(self) -> list[str]:
        """Texts in italics that are not bold as well."""
        return list(self._emphasised())

    def _emphasised(self) -> Iterator[str]:
        depth, strong, text = 0, False, ""
        for token in self.inlines:
            if token.type == "em_open":
                depth, strong, text = depth + 1, False, ""
            elif token.type == "strong_open":
                strong = True
            elif token.type == "em_close":
                depth -= 1
                if not strong:
                    yield text
            elif depth:
                text += token.content

    def table_of(self, first_title: str) -> list[list[str]]:
        """The cells of every row of the tables whose first title this is."""
        tables = re.findall(rf"^\| {re.escape(first_title)} \|.*\n\|[-| :]+\n((?:\|.*\n?)*)", self.text, re.MULTILINE)
        return [[cell.strip() for cell in line.split("|")[1:-1]] for rows in tables for line in rows.splitlines()]


def papers() -> list[Paper]:
    """What people wrote to be read: of the repository, of the pack, of its playbooks."""
    files = [README, ROOT / "CONTRIBUTING.md", ROOT / "findings" / "README.md", *ROOT.glob("docs/**/*.md"), *PACK.rglob("*.md")]
    return [Paper.read(path) for path in sorted(files)]


def _slug(title: str) -> str:
    kept = (letter for letter in title.lower() if letter in " -_" or unicodedata.category(letter)[0] in "LNM")
    return "".join(kept).replace(" ", "-")
