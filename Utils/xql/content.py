"""Where the pack's XQL is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from xql.syntax import Token, split, tokens

PACK = Path(__file__).parents[2] / "Packs/Absolute"
DATASET = "absolute_secure_endpoint_raw"
PARSING_RULE = PACK / "ParsingRules/Absolute/Absolute.xif"
MODELING_RULE = PACK / "ModelingRules/Absolute/Absolute.xif"
SCHEMA: dict[str, dict[str, Any]] = json.loads((PACK / "ModelingRules/Absolute/Absolute_schema.json").read_text())[DATASET]
TEST_DATA: dict[str, Any] = json.loads((PACK / "ModelingRules/Absolute/Absolute_testdata.json").read_text())
CORRELATION_RULES: dict[str, dict[str, Any]] = {
    path.stem: yaml.load(path.read_text(), Loader=yaml.CSafeLoader) for path in sorted((PACK / "CorrelationRules").glob("*.yml"))
}
XSIAM_DASHBOARD: dict[str, Any] = json.loads((PACK / "XSIAMDashboards/Absolute_Dashboard.json").read_text())


@dataclass(frozen=True)
class Rule:
    """A .xif file: its header, and the statements that follow it."""

    header: list[Token]
    statements: list[list[Token]]


def rule(path: Path) -> Rule:
    found = tokens(path.read_text("utf-8"))
    end = next(place for place, token in enumerate(found) if token.text == "]")
    return Rule(found[1:end], [part for part in split(found[end + 1 :], ";") if part])
