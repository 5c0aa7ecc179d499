"""Pages of a list operation."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from .query import Filter, ListQuery, ListRules, Select, parse_list_query, simple_filter
from .routes import Answer, Call

Key = Any
Row = TypeVar("Row")
PLAIN = ListRules()  # nothing can be selected or sorted


class ComputedRecord(Mapping[str, Any]):
    """A row whose fields are computed of `parts` when they are looked at. A field without a value is not there."""

    def __init__(self, fields: Mapping[str, Callable[..., Any]], *parts: Any) -> None:
        self._fields = fields
        self._parts = parts

    def __getitem__(self, name: str) -> Any:
        value = self._fields[name](*self._parts)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._fields if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def rows_answer(
    call: Call,
    rows: Iterable[Row],
    record: Callable[[Row], dict[str, Any]],
    filters: Mapping[str, Filter] = {},
    key: Callable[[Row], Key] | None = None,
    rules: ListRules = PLAIN,
) -> Answer:
    """One page of the rows whose record the call's filters let through, in the order in which they are given. `key`: their
    unique, ascending keys, if rows may come and go."""
    matches = simple_filter(call.params, filters, call.account.options.query)
    found = list(rows)
    keys = [(place,) if key is None else key(row) for place, row in enumerate(found)]
    return list_answer(
        call, rules, lambda query: (keys, found), lambda row: matches(record(row)), lambda row, select: record(row)
    )


def list_answer(
    call: Call,
    rules: ListRules,
    ordered: Callable[[ListQuery], tuple[Sequence[Key], Sequence[Any]]],
    matches: Callable[[Any], bool],
    present: Callable[[Any, Select], dict[str, Any]],
) -> Answer:
    """One page of the rows that match.

    `ordered` gives all rows with their unique, ascending sort keys; `present` makes a row's record, reduced
    to what was selected and the caller may see.
    """
    query = parse_list_query(call.params, rules, call.account.options.query)
    keys, rows = ordered(query)
    descending = query.sort is not None and query.sort.descending

    def matching(last: Key) -> Iterator[int]:
        return (place for place in _places(keys, last, descending) if matches(rows[place]))

    page = read_page(call, query, matching, keys.__getitem__)
    return Answer(data=[present(rows[place], query.select) for place in page.rows], next_page=page.next)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`next` is the cursor that the page tells, None for none."""

    rows: list[Row]
    next: str | None


def read_page(call: Call, query: ListQuery, rows_after: Callable[[Key], Iterable[Row]], key: Callable[[Row], Key]) -> Page[Row]:
    """The page that the call asks for. `rows_after` gives the rows behind the one with that key, all for None.

    A cursor holds the key of the last row given, so that rows which come or go between pages move no others, or the number of
    the rows given (ListOptions.cursors).
    """
    by_key = call.account.options.lists.cursors == "key"
    position = call.account.cursors.read(call.path, call.params, query.cursor) if query.cursor else None
    skipped = 0 if by_key else position or 0
    found = list(islice(rows_after(position if by_key else None), skipped, skipped + query.page_size + 1))
    rows = found[: query.page_size]
    after = (key(rows[-1]) if by_key else skipped + len(rows)) if rows else None
    return Page(rows, next_cursor(call, query, after, more=len(found) > len(rows)))


def next_cursor(call: Call, query: ListQuery, after: Any, more: bool) -> str | None:
    """The cursor that a page tells: the position `after` its rows, None if it has none; `more` rows may follow, or not."""
    repeats = call.account.options.lists.last_page == "repeated cursor"
    if after is not None and (more or repeats):
        return call.account.cursors.write(call.path, call.params, after)
    return query.cursor if repeats else None


def _places(keys: Sequence[Key], last: Any, descending: bool) -> range:
    """The places after the last key given, in the wanted direction."""
    if last is None:
        return range(len(keys) - 1, -1, -1) if descending else range(len(keys))
    last = tuple(last)
    if descending:
        return range(bisect.bisect_left(keys, last) - 1, -1, -1)
    return range(bisect.bisect_right(keys, last), len(keys))
