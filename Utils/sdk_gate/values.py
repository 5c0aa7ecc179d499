"""Values that the platform knows. The SDK's models know the keys of an item, and hardly ever what may stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

NUMBER_OF = r"[1-9]\d* (?:minutes|hours|days)"
# Sources: "Correlation rule details" of the Cortex XSIAM documentation, "Widgets" of the Cortex XSOAR documentation, and the
# items of the marketplace.
CORRELATION_RULE = {
    "crontab": r"(?:\*|[\d,/*-]+)(?: (?:\*|[\d,/*-]+)){4}",
    "drilldown_query_timeframe": "ALERT|QUERY",
    "execution_mode": "REAL_TIME|SCHEDULED",
    "mapping_strategy": "AUTO|CUSTOM",
    "search_window": NUMBER_OF,
    "severity": "SEV_010_INFO|SEV_020_LOW|SEV_030_MEDIUM|SEV_040_HIGH|SEV_050_CRITICAL|User Defined",
    "suppression_duration": NUMBER_OF,
}
TACTIC = r"TA\d{4} - .+"
TECHNIQUE = r"T\d{4}(?:\.\d{3})? - .+"
WIDGET = {
    "dataType": "incidents|indicators|messages|system|entries|tasks|audits|scripts|metrics",
    "widgetType": "bar|column|pie|line|number|trend|list|duration|image|text|table",
    "query": r"(?s).+",
}


def unknown_values(pack: Path) -> Iterator[tuple[Path, str]]:
    """Each value that is missing, or that the platform does not know."""
    for path in sorted(pack.glob("CorrelationRules/*.yml")):
        found = yaml.safe_load(path.read_text("utf-8"))
        yield from ((path, text) for text in (*unmatched(found, CORRELATION_RULE), *unknown_attacks(found["mitre_defs"] or {})))
    for path in sorted(pack.glob("Widgets/*.json")):
        yield from ((path, text) for text in unmatched(json.loads(path.read_text("utf-8")), WIDGET))


def unmatched(found: dict[str, Any], patterns: dict[str, str]) -> Iterator[str]:
    for key, pattern in patterns.items():
        if not re.fullmatch(pattern, str(found.get(key) or "")):
            yield f"{key}: {found.get(key)}"


def unknown_attacks(tactics: dict[str, list[str]]) -> Iterator[str]:
    """MITRE ATT&CK, as `TA0005 - Defense Evasion: [T1562 - Impair Defenses]`."""
    for tactic, techniques in tactics.items():
        if not re.fullmatch(TACTIC, tactic):
            yield f"mitre_defs: {tactic}"
        yield from (f"mitre_defs: {each}" for each in techniques if not re.fullmatch(TECHNIQUE, each))
