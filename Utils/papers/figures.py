"""The headline figures in README.md, copied from docs/measured.md, so that no figure is typed."""

from __future__ import annotations

import re
from pathlib import Path

from papers.texts import README, ROOT, Paper

MEASURED = ROOT / "docs" / "measured.md"
BEGIN, END = "<!-- figures: written by python -m papers -->\n", "<!-- end of figures -->"
TITLES = ["", "target", "wanted", "measured", ""]
HEADLINES = 3


class NoFiguresError(Exception):
    """docs/measured.md has no table of targets, or README.md no place for it."""


def write() -> Path:
    """Bring the table of README.md up to date; gives back its file. Raises NoFiguresError."""
    if not MEASURED.is_file():
        raise NoFiguresError(f"{MEASURED.relative_to(ROOT)} is not there yet: make bench writes it")
    README.write_text(with_figures(README.read_text(encoding="utf-8"), Paper.read(MEASURED)), encoding="utf-8")
    return README


def with_figures(readme: str, measured: Paper) -> str:
    """The README with what the bench found. Raises NoFiguresError."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise NoFiguresError(f"README.md lacks {BEGIN.strip()} or {END}")
    return before + begin + table(measured) + end + after


def table(measured: Paper) -> str:
    """The first target of the first sections of the report, with a link to each, and how many of all are met.

    Raises NoFiguresError.
    """
    sections = [(title, rows) for title, rows in _targets(measured.text) if rows]
    if not sections:
        raise NoFiguresError(f"{measured} has no targets")
    lines = [TITLES, ["---", "---", "---:", "---:", "---"]]
    lines += [[_linked(title), *rows[0]] for title, rows in sections[:HEADLINES]]
    results = [row[-1] for _, rows in sections for row in rows]
    lines.append(["all targets", "", "", "", f"{results.count('met')} of {len(results)} met"])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _targets(text: str) -> list[tuple[str, list[list[str]]]]:
    """By title of a section: the rows of its table whose first title is `target`."""
    sections = [section.partition("\n") for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]]
    return [(title, Paper(MEASURED, body).table_of("target")) for title, _, body in sections]


def _linked(title: str) -> str:
    anchor = next(iter(Paper(MEASURED, f"## {title}").anchors))
    return f"[{title}](docs/measured.md#{anchor})"
