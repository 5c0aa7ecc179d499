"""Values that the platform knows. The SDK's models know the keys of an item, and hardly ever what may stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pack_files import read_item

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
# Limits of scheduled rules: "Create a correlation rule" of the Cortex XSIAM documentation.
LEAST_MINUTES_BETWEEN_RUNS = 10
LONGEST_SUPPRESSION_HOURS = 24
HOURS = {"minutes": 1 / 60, "hours": 1, "days": 24}
WITHOUT_A_CASE = {"SEV_010_INFO", "SEV_020_LOW"}
AGGREGATES = r"(?m)^\s*\|?\s*(?:comp|windowcomp)\b"
COLUMNS_OF_A_DASHBOARD = 12
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
        found = read_item(path)
        texts = (*unmatched(found, CORRELATION_RULE), *unknown_attacks(found["mitre_defs"] or {}), *beyond_limits(found))
        yield from ((path, text) for text in texts)
    for path in sorted(pack.glob("Widgets/*.json")):
        yield from ((path, text) for text in unmatched(read_item(path), WIDGET))
    for path in sorted(pack.glob("Dashboards/*.json")):
        width = max(each["x"] + each["w"] for each in read_item(path)["layout"])
        if width != COLUMNS_OF_A_DASHBOARD:
            yield path, f"layout: {width} of {COLUMNS_OF_A_DASHBOARD} columns"


def beyond_limits(rule: dict[str, Any]) -> Iterator[str]:
    """What is well formed, and refused or of no use in a scheduled rule."""
    minutes = minutes_of(str(rule["crontab"]).split()[0])
    gaps = [later - earlier for earlier, later in zip(minutes, [*minutes[1:], minutes[0] + 60], strict=True)] if minutes else []
    if any(gap < LEAST_MINUTES_BETWEEN_RUNS for gap in gaps):
        yield f"crontab: {rule['crontab']} runs again within {LEAST_MINUTES_BETWEEN_RUNS} minutes"
    number, _, unit = str(rule["suppression_duration"]).partition(" ")
    if number.isdecimal() and int(number) * HOURS.get(unit, 0) > LONGEST_SUPPRESSION_HOURS:
        yield f"suppression_duration: {rule['suppression_duration']} is longer than a day"
    if "current_time()" in rule["xql_query"]:
        yield "xql_query: current_time() is another time in a late run, time_frame_end() is not"
    if re.search(AGGREGATES, rule["xql_query"]) and rule["drilldown_query_timeframe"] != "QUERY":
        yield "drilldown_query_timeframe: the rows of an aggregation have no time of an event, so it has to be QUERY"
    if rule["severity"] in WITHOUT_A_CASE and "open no case" not in rule["description"]:
        yield f"severity: alerts of {rule['severity']} open no case, which the description does not say"


def minutes_of(field: str) -> list[int]:
    """The minutes that the first field of a crontab names: `*`, `5`, `0-30`, each with a step, in a list; empty for others."""
    found: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", part)
        if not match:
            return []
        first, last, step = match.groups()
        begin = int(first or 0)
        end = int(last) if last else begin if first and not step else 59
        found |= set(range(begin, end + 1, int(step or 1)))
    return sorted(found)


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
