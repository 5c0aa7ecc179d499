"""Pages of a list operation."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from typing import Any

from .query import ListQuery, ListRules, Select, parse_list_query
from .routes import Answer, Call

Key = Any


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
    A cursor holds the key of the last row given, so that rows which come or go between pages move no others.
    """
    query = parse_list_query(call.params, rules, call.account.options.query)
    keys, rows = ordered(query)
    descending = query.sort is not None and query.sort.descending
    last = call.account.cursors.read(call.path, call.params, query.cursor) if query.cursor else None
    page: list[int] = []
    for place in _places(keys, last, descending):
        if not matches(rows[place]):
            continue
        if len(page) == query.page_size:
            next_page = call.account.cursors.write(call.path, call.params, keys[page[-1]])
            break
        page.append(place)
    else:
        next_page = None
    return Answer(data=[present(rows[place], query.select) for place in page], next_page=next_page)


def _places(keys: Sequence[Key], last: Any, descending: bool) -> range:
    """The places after the last key given, in the wanted direction."""
    if last is None:
        return range(len(keys) - 1, -1, -1) if descending else range(len(keys))
    last = tuple(last)
    if descending:
        return range(bisect.bisect_left(keys, last) - 1, -1, -1)
    return range(bisect.bisect_right(keys, last), len(keys))
