"""From what the integration sends to the rows of the dataset and of the data model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from xql.content import MODELING_RULE, PARSING_RULE, SCHEMA, rule
from xql.functions import API_TIME, parse_timestamp
from xql.stages import Rows, run
from xql.xdm import FIELDS

# Fields that a row of the dataset has besides those that the schema of the modeling rule names.
DATASET_FIELDS = ("_time", "createdDateTimeUtc", "eventDateTimeUtc")


def dataset_rows(events: Sequence[Mapping[str, Any]], now: datetime) -> Rows:
    """The parsing rule on each event; what its filter does not let through is kept as it is (`no_hit = keep`)."""
    (statement,) = rule(PARSING_RULE).statements
    absent = dict.fromkeys((*SCHEMA, *DATASET_FIELDS))
    kept: Rows = []
    for event in events:
        row = {**absent, **event, "_time": parse_timestamp(API_TIME, event["_time"])}
        kept += run(statement, [row], now) or [row]
    return kept


def data_model(rows: Rows, now: datetime) -> Rows:
    """The modeling rule on rows of the dataset; each of its statements takes those that its filter lets through."""
    modelled = [row for statement in rule(MODELING_RULE).statements for row in run(statement, rows, now)]
    return [{"_time": row["_time"], **{name: row.get(name) for name in FIELDS}} for row in modelled]
