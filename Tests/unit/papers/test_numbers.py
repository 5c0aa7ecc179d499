"""Numbers that the papers tell in prose are those of what they tell of.

What `make bench` and `make proof` have measured is not among them: they write it themselves.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from AbsoluteClientApiModule import CALLS_PER_SECOND, MAX_FILTER_CHARACTERS
from AbsoluteFetchApiModule import RETENTION, RUN_SECONDS
from command_line.demo import STORY
from console.log_pages import LAST_CALLS
from papers import names
from papers.texts import DESCRIPTION, README, ROOT, Paper, papers

CONTRIBUTING, DOCS = ROOT / "CONTRIBUTING.md", ROOT / "docs"
NAMES = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
WORDS = {name: number for number, name in enumerate(NAMES, 2)}
NUMBER = rf"(?:\d[\d,]*|{'|'.join(WORDS)})"
# Things of ours that can be counted: where a paper counts them, `said` has what the number comes from.
COUNTED = re.compile(rf"\b{NUMBER} (?:of its |of the )?(?:steps|places|parsers|operations|playbooks|parameters|rules|widgets)\b")
OF_OTHERS = {
    (CONTRIBUTING, "three places"): "of the vendor's document, which are named there",
    (DOCS / "operations.md", "137 operations"): "of the live API, as its vendor said",
    (DOCS / "operations.md", "96 operations"): "made by `python -m contract table`",
    (DOCS / "proof.md", "12 parsers"): "made by `make proof`",
}


def said() -> dict[tuple[Path, str], int]:
    """By paper and pattern: what the number is."""
    hours = int(RETENTION.total_seconds() // 3600)
    return {
        (README, "two of its (NUMBER) steps"): len(STORY),
        (README, r"\*Maximum devices per action\* \((NUMBER) unless you raise it\)"): default_of("Maximum devices per action"),
        (DOCS / "moving.md", "(NUMBER) devices per action"): default_of("Maximum devices per action"),
        (DOCS / "limits.md", "a query may have (NUMBER) characters"): MAX_FILTER_CHARACTERS,
        (DOCS / "local-tenant.md", "Events are kept for (NUMBER) hours"): hours,
        (DOCS / "scale.md", "takes (NUMBER) requests per second"): CALLS_PER_SECOND,
        (DOCS / "scale.md", "A run ends after (NUMBER) minutes"): RUN_SECONDS // 60,
        (DOCS / "console.md", "the last (NUMBER) calls"): LAST_CALLS,
        (DESCRIPTION, "Absolute keeps events for (NUMBER) hours"): hours,
        (DESCRIPTION, r"Look-back in minutes\*\* \((NUMBER)\)"): default_of("Look-back in minutes"),
        (CONTRIBUTING, "that reads stands in (NUMBER) places"): len(Paper.read(CONTRIBUTING).table_of("place")),
    }


def default_of(display: str) -> int:
    """What a parameter of the instance is without a word."""
    found: list[dict[str, Any]] = [one for one in names.manifest()["configuration"] if one.get("display") == display]
    return int(found[0]["defaultvalue"])


def value(text: str) -> int:
    return WORDS.get(text) or int(text.replace(",", ""))


@pytest.mark.parametrize(("paper", "pattern"), said(), ids=lambda one: one.name if isinstance(one, Path) else one)
def test_a_number_is_that_of_its_source(paper: Path, pattern: str) -> None:
    told = re.findall(pattern.replace("NUMBER", NUMBER), paper.read_text("utf-8"))
    assert [value(one) for one in told] == [said()[paper, pattern]]


@pytest.mark.parametrize("paper", papers(), ids=str)
def test_what_is_counted_has_a_source(paper: Paper) -> None:
    known = [pattern.replace("NUMBER", NUMBER) for place, pattern in said() if place == paper.path]
    checked = {found[0] for pattern in known for found in re.finditer(pattern, paper.text)}
    counted = {found[0] for found in COUNTED.finditer(paper.text)}
    assert {one for one in counted if (paper.path, one) not in OF_OTHERS and not any(one in text for text in checked)} == set()
