"""Query strings of list operations: filters, advanced filter expressions, select, sortBy, paging. Pure functions.

Source: the vendor's OpenAPI document, sections Simple filtering, Advanced filtering, Selecting, Sorting, Pagination.
"""

from __future__ import annotations

import operator
import re
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from .errors import Detail, bad_filter, invalid_request, invalid_value
from .options import QueryOptions
from .times import format_utc, parse_exact_utc, parse_utc

Predicate = Callable[[Mapping[str, Any]], bool]
Comparison = Callable[[Any, Any], bool]
Params = list[tuple[str, str]]
Kind = Literal["string", "boolean", "integer", "date"]
# Selected paths, split at their dots; none = the whole record.
Select = tuple[tuple[str, ...], ...]

PAGING = frozenset({"nextPage", "pageSize"})
LIST_PARAMETERS = PAGING | {"select", "sortBy"}
_MAX_NESTING = 50


@dataclass(frozen=True)
class Filter:
    """One allowed filter name: which values of a record it looks at, how it compares, what type its value has."""

    name: str
    path: tuple[str, ...]
    comparison: str
    negated: bool
    kind: Kind

    @property
    def repeatable(self) -> bool:
        """ "Can be used multiple times with different values", says the document of these; of `AnyOf` it says nothing."""
        return self.negated or self.comparison in ("contains", "any_of")


@dataclass(frozen=True)
class Condition:
    """A predicate, and by what the records it matches can be found in an index.

    Each matching record has one of `keys` (field, casefolded value); None when nothing such is known.
    """

    predicate: Predicate
    keys: frozenset[tuple[str, str]] | None = None

    def __call__(self, record: Mapping[str, Any]) -> bool:
        return self.predicate(record)


# What reads the filters of a call: simple_filter or advanced_filters.
ReadFilter = Callable[[Params, Mapping[str, Filter], QueryOptions], Condition]


@dataclass(frozen=True)
class ListRules:
    """What one list operation accepts."""

    selectable: frozenset[str] = frozenset()
    sort_keys: tuple[str, ...] = ()
    default_page_size: int = 100
    max_page_size: int = 500


@dataclass(frozen=True)
class Sort:
    key: str
    descending: bool = False


@dataclass(frozen=True)
class ListQuery:
    """The parameters that every list operation shares, read and checked."""

    select: Select
    sort: Sort | None
    page_size: int
    cursor: str | None


# Query strings --------------------------------------------------------------------------------------------------------


def parse_query_string(query_string: str) -> Params:
    """Splits at `&` and the first `=`, then decodes `%XX` and `+`. Empty parts, such as a leading `&`, are tolerated.

    ApiError 400 when the bytes are not UTF-8.
    """
    parts = (part.partition("=") for part in query_string.split("&") if part)
    return [(_decode(name), _decode(value)) for name, _, value in parts]


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise invalid_request(Detail("not UTF-8", field=text)) from None


# Filters --------------------------------------------------------------------------------------------------------------

# How a filter with the suffix compares, whether negated, and the type of its value. `=` is the bare name.
_SUFFIXES: dict[str, tuple[str, bool, Kind]] = {
    "=": ("equals", False, "string"),
    "Not": ("equals", True, "string"),
    "AnyOf": ("any_of", False, "string"),
    "Contains": ("contains", False, "string"),
    "NotContains": ("contains", True, "string"),
    "StartsWith": ("starts_with", False, "string"),
    "NotStartsWith": ("starts_with", True, "string"),
    "EndsWith": ("ends_with", False, "string"),
    "NotEndsWith": ("ends_with", True, "string"),
    "Empty": ("empty", False, "boolean"),
    "From": ("after", False, "date"),
    "FromInclusive": ("from", False, "date"),
    "To": ("before", False, "date"),
    "ToInclusive": ("until", False, "date"),
}

# Each gets (value of the record, value of the filter).
_COMPARISONS: dict[str, Comparison] = {
    "equals": operator.eq,
    "any_of": lambda value, wanted: value in wanted.split(","),
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "after": operator.gt,
    "from": operator.ge,
    "before": operator.lt,
    "until": operator.le,
}


def suffixed_filters(fields: str, suffixes: str) -> dict[str, Filter]:
    """Filters named field + suffix, for each of the fields and suffixes (space separated; `=` is the bare name)."""
    pairs = ((field, suffix) for field in fields.split() for suffix in suffixes.split())
    named = ((field + suffix.removeprefix("="), field, suffix) for field, suffix in pairs)
    return {name: Filter(name, (field,), *_SUFFIXES[suffix]) for name, field, suffix in named}


def simple_filter(params: Iterable[tuple[str, str]], filters: Mapping[str, Filter], options: QueryOptions) -> Condition:
    """All `<field><Suffix>=<value>` parameters joined by AND. ApiError 400 for a name or value that is not allowed."""
    conditions: list[Condition] = []
    seen: set[str] = set()
    for name, value in params:
        if name in LIST_PARAMETERS:
            continue
        if name not in filters:
            _refuse_unknown(name, options)
            continue
        if name in seen and not filters[name].repeatable:
            raise invalid_value(name, "may be given once only")
        seen.add(name)
        conditions.append(_condition(filters[name], _typed(filters[name], value, options), options))
    return all_of(conditions)


def refuse_unknown_parameters(params: Iterable[tuple[str, str]], known: frozenset[str], options: QueryOptions) -> None:
    for name, _ in params:
        if name not in known:
            _refuse_unknown(name, options)


def _refuse_unknown(name: str, options: QueryOptions) -> None:
    if options.unknown_parameters == "reject":
        raise invalid_value(name, "unknown parameter")


def _typed(rule: Filter, text: str, options: QueryOptions) -> Any:
    """The value in the filter's type, a date as records spell it. ApiError 400 when it cannot be read as that."""
    try:
        if rule.kind == "boolean":
            return {"true": True, "false": False}[text.casefold() if options.lenient else text]
        if rule.kind == "integer":
            return int(text)
        if rule.kind == "date":
            return format_utc(parse_moment(text, options))
    except (KeyError, ValueError):
        raise invalid_value(rule.name, f"not a {rule.kind}") from None
    return text


def parse_moment(text: str, options: QueryOptions) -> datetime:
    """A date-time of a query string; ValueError for anything else."""
    return parse_utc(text) if options.lenient else parse_exact_utc(text)


def all_of(conditions: Sequence[Condition]) -> Condition:
    """The conjunction: what it matches is found by the keys of any of its members."""
    if len(conditions) == 1:
        return conditions[0]
    keys = min((condition.keys for condition in conditions if condition.keys is not None), key=len, default=None)
    return Condition(lambda record: all(condition(record) for condition in conditions), keys)


def any_of(conditions: Sequence[Condition]) -> Condition:
    """The disjunction: what it matches is found by the keys of all its members, if each has some."""
    if len(conditions) == 1:
        return conditions[0]
    known = [condition.keys for condition in conditions if condition.keys is not None]
    keys = frozenset[tuple[str, str]]().union(*known) if len(known) == len(conditions) else None
    return Condition(lambda record: any(condition(record) for condition in conditions), keys)


def _condition(rule: Filter, wanted: Any, options: QueryOptions) -> Condition:
    exact = rule.comparison == "equals" and rule.kind == "string" and not rule.negated and len(rule.path) == 1
    return Condition(_predicate(rule, wanted, options), frozenset({(rule.path[0], wanted.casefold())}) if exact else None)


def _predicate(rule: Filter, wanted: Any, options: QueryOptions) -> Predicate:
    if rule.comparison == "empty":
        return lambda record: all(value == "" for value in values_at(record, rule.path)) is wanted
    if rule.kind == "boolean":
        expected = wanted != rule.negated
        return lambda record: any(value is True for value in values_at(record, rule.path)) is expected
    compare = _COMPARISONS[rule.comparison]
    # Dates of records and filters share one format, so that they compare as text.
    fold: Callable[[Any], Any] = str.casefold if rule.kind == "string" and not options.case_sensitive else lambda value: value
    target = fold(wanted)
    return lambda record: any(compare(fold(value), target) for value in values_at(record, rule.path)) is not rule.negated


def values_at(value: Any, path: Sequence[str]) -> list[Any]:
    """The values a path leads to: none when a member is missing, several when it leads through lists."""
    if isinstance(value, list):
        return [found for element in value for found in values_at(element, path)]
    if not path:
        return [value]
    try:
        return values_at(value[path[0]], path[1:])
    except (KeyError, TypeError):
        return []


# Advanced filter expressions ------------------------------------------------------------------------------------------

_TOKENS = re.compile(r"\s*(?:(?P<bracket>[()])|'(?P<quoted>[^']*)'|(?P<word>[^\s()']+))")
_END = ("end", "")


@dataclass
class _Tokens:
    """The tokens of an expression that are not read yet, and behind them the end."""

    items: deque[tuple[str, str]]
    options: QueryOptions
    nesting: int = 0

    def take(self, token: tuple[str, str]) -> bool:
        taken = self.items[0] == token
        if taken:
            self.items.popleft()
        return taken


def advanced_filter(expression: str, filters: Mapping[str, Filter], options: QueryOptions) -> Condition:
    """Reads `<field+suffix> eq <value>` terms joined by `and`, `or` and parentheses (`and` binds tighter).

    ApiError 400 with the API's only text for a bad filter when it is anything else.
    """
    tokens = _Tokens(deque([*_tokenize(expression, options), _END]), options)
    condition = _disjunction(tokens, filters)
    if tokens.items[0] != _END:
        raise bad_filter()
    return condition


def advanced_filters(params: Params, filters: Mapping[str, Filter], options: QueryOptions) -> Condition:
    """All `filter` parameters joined by AND, each an expression. ApiError 400 for a parameter that is not allowed."""
    refuse_unknown_parameters(params, LIST_PARAMETERS | {"filter"}, options)
    return all_of([advanced_filter(value, filters, options) for name, value in params if name == "filter" and value])


def _tokenize(expression: str, options: QueryOptions) -> list[tuple[str, str]]:
    pattern = _TOKENS
    if options.doubled_quotes == "escape":
        pattern = re.compile(_TOKENS.pattern.replace("[^']*", "(?:[^']|'')*"))
    items: list[tuple[str, str]] = []
    text = expression.rstrip()
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if not match or match.lastgroup is None:
            raise bad_filter()
        # After a quoted value comes a blank, a bracket or the end; another quote means broken quoting.
        if match.lastgroup == "quoted" and text[match.end() : match.end() + 1] not in ("", " ", ")"):
            raise bad_filter()
        items.append((match.lastgroup, match[match.lastgroup].replace("''", "'")))
        position = match.end()
    return items


def _disjunction(tokens: _Tokens, filters: Mapping[str, Filter]) -> Condition:
    terms = [_conjunction(tokens, filters)]
    while tokens.take(("word", "or")):
        terms.append(_conjunction(tokens, filters))
    return any_of(terms)


def _conjunction(tokens: _Tokens, filters: Mapping[str, Filter]) -> Condition:
    terms = [_term(tokens, filters)]
    while tokens.take(("word", "and")):
        terms.append(_term(tokens, filters))
    return all_of(terms)


def _term(tokens: _Tokens, filters: Mapping[str, Filter]) -> Condition:
    if not tokens.take(("bracket", "(")):
        return _comparison(tokens, filters)
    tokens.nesting += 1
    if tokens.nesting > _MAX_NESTING:
        raise bad_filter()
    condition = _disjunction(tokens, filters)
    tokens.nesting -= 1
    if not tokens.take(("bracket", ")")):
        raise bad_filter()
    return condition


def _comparison(tokens: _Tokens, filters: Mapping[str, Filter]) -> Condition:
    kind, name = tokens.items.popleft()
    if kind != "word" or name not in filters or not tokens.take(("word", "eq")):
        raise bad_filter()
    rule = filters[name]
    kind, text = tokens.items.popleft()
    # Strings and dates are quoted, booleans and numbers are bare.
    if kind != ("quoted" if rule.kind in ("string", "date") else "word"):
        raise bad_filter()
    return _condition(rule, _typed(rule, text, tokens.options), tokens.options)


# Parameters shared by all lists ---------------------------------------------------------------------------------------


def parse_list_query(params: Iterable[tuple[str, str]], rules: ListRules, options: QueryOptions) -> ListQuery:
    """Reads select, sortBy, pageSize and nextPage. ApiError 400 for a value that the operation does not accept."""
    given: dict[str, str] = {}
    for name, value in params:
        if name not in LIST_PARAMETERS:
            continue
        if name in given:
            raise invalid_value(name, "may be given once only")
        given[name] = value
    return ListQuery(
        select=_select(given.get("select", ""), rules.selectable, options),
        sort=read_sort(given["sortBy"], rules.sort_keys) if "sortBy" in given else None,
        page_size=_page_size(given.get("pageSize"), rules, options.largest_page),
        cursor=given.get("nextPage") or None,
    )


def _select(text: str, selectable: frozenset[str], options: QueryOptions) -> Select:
    if not text:
        return ()
    names = [name.strip(" ") if options.lenient else name for name in text.split(",")]
    parents = {name[:place] for name in names for place, mark in enumerate(name) if mark == "."}
    for name in names:
        if name not in selectable:
            raise invalid_value("select", f"unknown field {name}")
        if name in parents:
            raise invalid_value("select", f"{name} and one of its members cannot be selected together")
    return tuple(tuple(name.split(".")) for name in names)


def read_sort(text: str, sort_keys: Container[str]) -> Sort:
    """`key` or `key:asc` or `key:desc`. ApiError 400 for anything else."""
    key, colon, order = text.partition(":")
    if key not in sort_keys or (colon and order not in ("asc", "desc")):
        raise invalid_request(Detail("invalid sort", code="INVALID_SORT", field="sortBy"))
    return Sort(key, descending=order == "desc")


def _page_size(text: str | None, rules: ListRules, largest_page: int | None) -> int:
    largest = min(rules.max_page_size, largest_page or rules.max_page_size)
    if text is None:
        return min(rules.default_page_size, largest)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= largest):
        raise invalid_value("pageSize", f"must be between 1 and {largest}")
    return int(text)


# Answers --------------------------------------------------------------------------------------------------------------


def selected(record: Mapping[str, Any], paths: Select) -> dict[str, Any]:
    """The record reduced to the selected paths. Members that have no value are left out; no paths = everything."""
    if not paths:
        return dict(record)
    return {
        name: _selected_value(value, below) if isinstance(value, dict | list) else value
        for name, below in _members(paths)
        if (value := record.get(name)) is not None
    }


@lru_cache(maxsize=64)
def _members(paths: Select) -> list[tuple[str, Select]]:
    """The members that are selected, and what of each. Every row of a list asks for the same."""
    below: dict[str, list[tuple[str, ...]]] = {}
    for name, *rest in paths:
        below.setdefault(name, []).extend([tuple(rest)] if rest else [])
    return [(name, tuple(rests)) for name, rests in below.items()]


def _selected_value(value: Any, paths: Select) -> Any:
    if isinstance(value, list):
        return [_selected_value(element, paths) for element in value]
    return selected(value, paths) if isinstance(value, dict) else value
