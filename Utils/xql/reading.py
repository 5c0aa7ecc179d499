"""What is wrong with the XQL of a pack, without running it on events. For the gate: `demisto-sdk validate` reads no XQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

from pack_files import read_item

from xql.content import rule
from xql.functions import CALLABLE, field
from xql.stages import WINDOW_FUNCTIONS, run
from xql.syntax import Token, XqlError, tokens
from xql.xdm import FIELDS

OPENED_BY_WORDS = {"and", "in", "not", "or"}
KNOWN_CALLS = CALLABLE | WINDOW_FUNCTIONS | OPENED_BY_WORDS
ANY_TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)


def faults(pack: Path) -> Iterator[tuple[Path, str]]:
    """Each file whose XQL is missing, cannot be read, or names what does not exist."""
    for path in [*sorted(pack.glob("ParsingRules/*/*.yml")), *sorted(pack.glob("ModelingRules/*/*.yml"))]:
        try:
            for statement in rule(path.with_suffix(".xif")).statements or [[]]:
                read(statement)
        except (OSError, StopIteration, XqlError) as error:
            yield path.with_suffix(".xif"), f"{type(error).__name__}: {error}"
    for path, query in [*correlation_queries(pack), *dashboard_queries(pack)]:
        try:
            read(tokens(query))
        except XqlError as error:
            yield path, f"{type(error).__name__}: {error}"


def correlation_queries(pack: Path) -> Iterator[tuple[Path, str]]:
    """`$field` in a drilldown stands for what the alert has in that field."""
    for path in sorted(pack.glob("CorrelationRules/*.yml")):
        found = read_item(path)
        yield path, found.get("xql_query", "")
        yield path, re.sub(r"\$\w+", '"text"', found.get("investigation_query_link", ""))


def dashboard_queries(pack: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(pack.glob("XSIAMDashboards/*.json")):
        for widget in read_item(path)["widgets_data"]:
            yield path, widget["data"]["phrase"]


def read(query: list[Token]) -> None:
    """Raises XqlError."""
    run(query, [], ANY_TIME)
    for token, following in pairwise([*query, Token("mark", "")]):
        if token.kind != "name":
            continue
        if following.text == "(" and token.text not in KNOWN_CALLS:
            raise XqlError(f"unknown function {token.text}")
        if token.text.startswith("XDM_CONST."):
            field(token.text, {})
        elif token.text.startswith("xdm.") and token.text not in FIELDS:
            raise XqlError(f"no field of the data model: {token.text}")
