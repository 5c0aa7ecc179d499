"""What the stages of a query do with rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from xql.functions import field, value
from xql.syntax import Token, XqlError, assignment, expression, split, words

Rows = list[dict[str, Any]]
SOURCES = ("config", "dataset", "datamodel")


def run(query: list[Token], rows: Sequence[Mapping[str, Any]], now: datetime) -> Rows:
    """The rows that the stages of a query make of `rows`."""
    found: Rows = [dict(row) for row in rows]
    for stage in split(query, "|"):
        if not stage:
            raise XqlError("an empty stage")
        name = stage[0].text
        if name in SOURCES:
            continue
        if name not in STAGES:
            raise XqlError(f"unknown stage: {words(stage)}")
        found = STAGES[name](stage[1:], found, now)
    return found


def filter_rows(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    condition = condition_of(tuple(stage))
    return [row for row in rows if value(condition, row, now)]


def alter(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    """All values are those before the stage: one cannot read what another sets."""
    targets = targets_of(tuple(stage))
    return [{**row, **{name: value(node, row, now) for name, node in targets}} for row in rows]


# A rule is run on one event after the other.
@cache
def condition_of(stage: tuple[Token, ...]) -> Any:
    return expression([*stage])


@cache
def targets_of(stage: tuple[Token, ...]) -> list[tuple[str, Any]]:
    return [assignment(part) for part in split([*stage], ",")]


def fields(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    if stage[0].text == "-":
        left_out = {words(part) for part in split(stage[1:], ",")}
        return [{name: found for name, found in row.items() if name not in left_out} for row in rows]
    chosen = [named(part) for part in split(stage, ",")]
    return [{alias: value(node, row, now) for node, alias in chosen} for row in rows]


def named(part: list[Token]) -> tuple[Any, str]:
    """`expression as name`, or a bare field."""
    if len(part) > 2 and part[-2].text == "as":
        return expression(part[:-2]), part[-1].text
    return expression(part), words(part)


def comp(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    """One row for each group."""
    place = next((place for place, token in enumerate(stage) if token.kind == "name" and token.text == "by"), len(stage))
    aggregates = [named(part) for part in split(stage[:place], ",")]
    keys = [words(part) for part in split(stage[place + 1 :], ",")] if place < len(stage) else []
    groups: dict[tuple[Any, ...], Rows] = {}
    for row in rows:
        groups.setdefault(tuple(field(key, row) for key in keys), []).append(row)
    return [
        {**dict(zip(keys, key, strict=True)), **{alias: aggregate(node, group, now) for node, alias in aggregates}}
        for key, group in groups.items()
    ]


def aggregate(node: Any, group: Rows, now: datetime) -> Any:
    if node.function not in AGGREGATES:
        raise XqlError(f"unknown aggregate {node.function}")
    found = [value(node.arguments[0], row, now) if node.arguments else 1 for row in group]
    return AGGREGATES[node.function]([item for item in found if item is not None])


AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "count_distinct": lambda items: len(set(items)),
    "max": lambda items: max(items, default=None),
    "min": lambda items: min(items, default=None),
    "values": lambda items: sorted(set(items)),
}


WINDOW_FUNCTIONS = {*AGGREGATES, "lag"}


def windowcomp(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    """max over the partition, or lag: the value of the row before in it."""
    node, alias = named(stage[: next(place for place, token in enumerate(stage) if token.text == ")") + 1] + stage[-2:])
    parts = clauses(stage)
    keys = [words(part) for part in split(parts["by"], ",") if part]
    result: Rows = []
    for row in rows:
        partition = [each for each in rows if all(each[key] == row[key] for key in keys)]
        if node.function == "lag":
            ordered = sort_by(parts["sort"], partition)
            place = next(place for place, each in enumerate(ordered) if each is row)
            found = value(node.arguments[0], ordered[place - 1], now) if place else None
        else:
            found = aggregate(node, partition, now)
        result.append({**row, alias: found})
    return result


def clauses(stage: list[Token]) -> dict[str, list[Token]]:
    """What follows `by`, `sort` and `as` in windowcomp, and before them."""
    parts: dict[str, list[Token]] = {"": [], "by": [], "sort": [], "as": []}
    name = ""
    for token in stage:
        if token.kind == "name" and token.text in parts:
            name = token.text
        else:
            parts[name].append(token)
    return parts


def sort_by(stage: list[Token], rows: Rows) -> Rows:
    """`asc field, desc field`; rows without a value come first."""
    ordered = list(rows)
    for part in reversed(split(stage, ",")):
        direction, name = part[0].text, words(part[1:])
        ordered.sort(key=lambda row: (row[name] is not None, row[name]), reverse=direction == "desc")
    return ordered


def dedup(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    """`fields by desc field`: of the rows that have the same fields, the first in the order."""
    place = next(place for place, token in enumerate(stage) if token.text == "by")
    keys = [words(part) for part in split(stage[:place], ",")]
    first: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sort_by(stage[place + 1 :], rows):
        first.setdefault(tuple(row[key] for key in keys), row)
    return list(first.values())


def limit(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    return rows[: int(stage[0].text)]


def view(stage: list[Token], rows: Rows, now: datetime) -> Rows:
    """A graph: its axes and series must be there."""
    settings = {stage[place - 1].text: stage[place + 1].text for place, token in enumerate(stage) if token.text == "="}
    for name in (settings[each] for each in ("xaxis", "yaxis", "series") if each in settings):
        if rows and name not in rows[0]:
            raise XqlError(f"the graph has no {name}: {sorted(rows[0])}")
    return rows


STAGES: dict[str, Callable[[list[Token], Rows, datetime], Rows]] = {
    "alter": alter,
    "comp": comp,
    "dedup": dedup,
    "fields": fields,
    "filter": filter_rows,
    "limit": limit,
    "sort": lambda stage, rows, now: sort_by(stage, rows),
    "view": view,
    "windowcomp": windowcomp,
}
