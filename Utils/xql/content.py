"""Where the pack's XQL is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pack_files import PACK, read_item

from xql.syntax import Token, split, tokens

DATASET = "absolute_secure_endpoint_raw"
PARSING_RULE = PACK / "ParsingRules/Absolute/Absolute.xif"
MODELING_RULE = PACK / "ModelingRules/Absolute/Absolute.xif"
SCHEMA: dict[str, dict[str, Any]] = read_item(PACK / "ModelingRules/Absolute/Absolute_schema.json")[DATASET]
TEST_DATA: dict[str, Any] = read_item(PACK / "ModelingRules/Absolute/Absolute_testdata.json")
CORRELATION_RULES: dict[str, dict[str, Any]] = {
    path.stem: read_item(path) for path in sorted((PACK / "CorrelationRules").glob("*.yml"))
}
XSIAM_DASHBOARD: dict[str, Any] = read_item(PACK / "XSIAMDashboards/Absolute_Dashboard.json")


@dataclass(frozen=True)
class Rule:
    """A .xif file: its header, and the statements that follow it."""

    header: list[Token]
    statements: list[list[Token]]


def rule(path: Path) -> Rule:
    return read_rule(path.read_text("utf-8"))


@cache
def read_rule(text: str) -> Rule:
    found = tokens(text)
    end = next(place for place, token in enumerate(found) if token.text == "]")
    return Rule(found[1:end], [part for part in split(found[end + 1 :], ";") if part])
