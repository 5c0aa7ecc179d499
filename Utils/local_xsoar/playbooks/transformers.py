"""The transformers of complex values.

Rules from "Transformers Operators" in the Cortex XSOAR Administrator Guide: some work on each item, some on the entire list;
a value that cannot be cast fails the task. Those that are scripts in the pack FiltersAndTransformers behave as these do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import regex

from local_xsoar import javascript
from local_xsoar.context import as_list
from local_xsoar.playbooks.filters import CastError, as_number, as_text, go_regex

Args = dict[str, Any]
# Arguments of the scripts with regular expressions; the module regex has the same numbers.
FLAGS = {"ignore_case": re.IGNORECASE, "multi_line": re.MULTILINE, "period_matches_newline": re.DOTALL}


RunScript = Callable[[str, Args], Any]
"""Runs a script and gives back what it returns."""


@dataclass(frozen=True)
class Kind:
    """`apply(value, args)`; `each` means once per item of a list. `args` names what it may be given."""

    apply: Callable[[Any, Args], Any]
    args: tuple[str, ...] = ()
    each: bool = False


def transform(name: str, value: Any, args: Args, run_script: RunScript) -> Any:
    """Raises CastError, and KeyError for a transformer that is not known."""
    if name in SCRIPT_TRANSFORMERS:
        return run_script(name, {**args, "value": value})
    kind = TRANSFORMERS[name]
    if kind.each and isinstance(value, list):
        return [kind.apply(item, args) for item in value]
    return kind.apply(value, args)


def single(items: list[Any]) -> Any:
    """A list as a value: nothing for none, one value by itself."""
    if len(items) > 1:
        return items
    return items[0] if items else None


def _text(value: Any) -> str:
    return as_text(value) or ""


def _integer(args: Args, name: str, default: int) -> int:
    number = as_number(args.get(name))
    return default if number is None else int(number)


def _number(value: Any) -> float:
    number = as_number(value)
    if number is None:
        raise CastError("There is no number.")
    return number


def _whole(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def _unique(value: Any, _args: Args) -> Any:
    items: list[Any] = []
    for item in as_list(value):
        if item not in items:
            items.append(item)
    return single(items)


def _slice(value: Any, args: Args) -> Any:
    items = as_list(value)
    return single(items[_integer(args, "from", 0) : _integer(args, "to", len(items))])


def _at_index(value: Any, args: Args) -> Any:
    """An index outside the list gives nothing, and so does a negative one."""
    items, index = as_list(value), _integer(args, "index", 0)
    return items[index] if 0 <= index < len(items) else None


def _get_field(value: Any, args: Args) -> Any:
    found = value
    for step in _text(args.get("field")).split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _replace(value: Any, args: Args) -> Any:
    """`limit`: how many are replaced, all without it."""
    if value is None:
        return None
    return _text(value).replace(_text(args.get("toReplace")), _text(args.get("replaceWith")), _integer(args, "limit", -1))


def _parts(value: Any, mark: str) -> tuple[str | None, str | None]:
    """The text before and behind the first `mark`. What the server makes of a text without it is documented nowhere."""
    if value is None:
        return None, None
    before, found, behind = _text(value).partition(mark) if mark else ("", "", "")
    if not found:
        raise CastError(f"{value!r} does not hold {mark!r}.")
    return before, behind


def _replace_match(value: Any, args: Args) -> Any:
    """By a regular expression of Go, in which `$1` or `${1}` stands for a group."""
    if value is None:
        return None
    expression, replacement = go_regex(_text(args.get("regex"))), _text(args.get("replaceWith"))
    if "$" in replacement:
        raise CastError("The local XSOAR does not put groups into what replaces a match.")
    return expression.sub(lambda _match: replacement, _text(value))


def _append_if_not_empty(value: Any, args: Args) -> Any:
    """The script AppendIfNotEmpty. `raw` is "true" unless it is given: then the item is not split at commas."""
    item = args.get("item")
    if not item and item is not False:
        return value
    is_raw = _text(args.get("raw", "true")).lower() not in ("no", "false")
    items = _listed(item) if isinstance(item, str) and not is_raw else as_list(item)
    return [*(as_list(value) if value else []), *items]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _regex_replace(value: Any, args: Args) -> Any:
    """The script RegexReplace: Python's expressions, and `\\1` in what replaces the match."""
    if not isinstance(value, str):
        raise CastError(f"{value!r} is not a text.")
    chosen = [flag for name, flag in FLAGS.items() if _text(args.get(name)).lower() in ("true", "yes")]
    template = _text(args.get("output_format")).replace(r"\0", r"\g<0>")
    try:
        return re.compile(_text(args.get("regex")), sum(chosen)).sub(lambda match: match.expand(template), value)
    except (re.error, IndexError) as error:
        raise CastError(str(error)) from None


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "===": javascript.strictly_equal,
    "!==": lambda left, right: not javascript.strictly_equal(left, right),
    "==": lambda left, right: javascript.loosely_equal(*_or_empty(left, right)),
    "!=": lambda left, right: not javascript.loosely_equal(*_or_empty(left, right)),
    "in list": lambda left, right: javascript.text(left) in _listed(_text(right)),
    "not in list": lambda left, right: javascript.text(left) not in _listed(_text(right)),
}
CONDITION = re.compile(rf"(value|lhs)\s*({'|'.join(map(re.escape, sorted(COMPARISONS, key=len, reverse=True)))})\s*(value|rhs)")


def _or_empty(*values: Any) -> list[Any]:
    return ["" if value is None else value for value in values]


def _if_then_else(value: Any, args: Args) -> Any:
    """The script If-Then-Else, with one condition: "lhs==rhs" and so on; without it the value is compared with `equals`."""
    if isinstance(value, list):
        raise CastError("What If-Then-Else makes of a list is not documented.")
    named = {"value": value, "lhs": args.get("lhs"), "rhs": args.get("rhs")}
    found = CONDITION.fullmatch(_text(args.get("condition")).strip() or "value==rhs")
    if not found:
        raise CastError(f"The local XSOAR does not understand the condition {args.get('condition')!r}.")
    right = args.get("equals") if not args.get("condition") else named[found[3]]
    chosen = args.get("then") if COMPARISONS[found[2]](named[found[1]], right) else args.get("else")
    return "" if chosen is None else chosen


def _parse_json(value: Any, _args: Args) -> Any:
    """The script ParseJSON."""
    try:
        return json.loads(_text(value))
    except json.JSONDecodeError as error:
        raise CastError(f"{value!r} is no JSON: {error}.") from None


def _split(value: Any, args: Args, each: Callable[[str], str] = str) -> Any:
    return None if value is None else single([*map(each, _text(value).split(_text(args.get("delimiter")) or ","))])


def _set_if_empty(value: Any, args: Args) -> Any:
    """The script SetIfEmpty: the texts "none" and "null" are empty too, unless `applyIfEmpty` is false."""
    looked_at = value[0] if isinstance(value, list) and len(value) == 1 else value
    empty = looked_at in ("", [], {}) or (isinstance(looked_at, str) and looked_at.lower() in ("none", "null"))
    applies = _text(args.get("applyIfEmpty", "true")).lower() == "true"
    return args.get("defaultValue") if value is None or (applies and empty) else value


def _where_field_equals(value: Any, args: Args) -> Any:
    """The script WhereFieldEquals: of the objects whose `field` is `equalTo`, all or what is in `getField`.

    One is given as it is, several as JSON text unless `stringify` is false.
    """
    found = [item for item in as_list(value) if isinstance(item, dict) and item.get(args.get("field")) == args.get("equalTo")]
    if args.get("getField"):
        found = [item[args["getField"]] for item in found if item.get(args["getField"])]
    if len(found) == 1:
        return found[0]
    stringify = _text(args.get("stringify", "true")).lower() == "true"
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False) if stringify else found


def _extract_all(value: Any, args: Args) -> Any:
    """The script RegexExtractAll; a group in the expression gives its text instead of the whole match's."""
    chosen = sum(flag for name, flag in FLAGS.items() if _text(args.get(name)).lower() == "true")
    found = [] if value is None else regex.findall(_text(args.get("regex")), _text(value), flags=regex.V1 | chosen)
    if not found and _text(args.get("error_if_no_match")).lower() == "true":
        raise CastError("No results found")
    if _text(args.get("unpack_matches")).lower() != "true":
        return [list(match) if isinstance(match, tuple) else match for match in found]
    return [part for match in found for part in (match if isinstance(match, tuple) else [match]) if part]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


TRANSFORMERS: dict[str, Kind] = {
    # lists
    "uniq": Kind(_unique),
    "count": Kind(lambda value, _args: len(as_list(value))),
    "sort": Kind(
        lambda value, args: sorted(as_list(value), key=_text, reverse=_text(args.get("descending")) == "true"), ("descending",)
    ),
    "slice": Kind(_slice, ("from", "to")),
    "atIndex": Kind(_at_index, ("index",)),
    "join": Kind(lambda value, args: _text(args.get("separator")).join(map(_text, as_list(value))), ("separator",)),
    "append": Kind(lambda value, args: [*as_list(value), *as_list(args.get("item"))], ("item",)),
    "FirstArrayElement": Kind(lambda value, _args: value[0] if isinstance(value, list) and value else value),
    "LastArrayElement": Kind(lambda value, _args: value[-1] if isinstance(value, list) and value else value),
    "ConvertToSingleElementArray": Kind(lambda value, _args: as_list(value)),
    "StringifyArray": Kind(lambda value, _args: _json(value)),
    "WhereFieldEquals": Kind(_where_field_equals, ("field", "equalTo", "getField", "stringify")),
    "SetIfEmpty": Kind(_set_if_empty, ("defaultValue", "applyIfEmpty")),
    "AppendIfNotEmpty": Kind(_append_if_not_empty, ("item", "raw")),
    "If-Then-Else": Kind(_if_then_else, ("condition", "lhs", "rhs", "equals", "then", "else")),
    # each item
    "getField": Kind(_get_field, ("field",), each=True),
    "concat": Kind(
        lambda value, args: _text(args.get("prefix")) + _text(value) + _text(args.get("suffix")), ("prefix", "suffix"), each=True
    ),
    "replace": Kind(_replace, ("toReplace", "replaceWith", "limit"), each=True),
    "replaceMatch": Kind(_replace_match, ("regex", "replaceWith"), each=True),
    "substringFrom": Kind(lambda value, args: _parts(value, _text(args.get("from")))[1], ("from",), each=True),
    "substringTo": Kind(lambda value, args: _parts(value, _text(args.get("to")))[0], ("to",), each=True),
    "ParseJSON": Kind(_parse_json, each=True),
    "RegexReplace": Kind(
        _regex_replace, ("regex", "output_format", "ignore_case", "multi_line", "period_matches_newline"), each=True
    ),
    "split": Kind(_split, ("delimiter",), each=True),
    "splitAndTrim": Kind(lambda value, args: _split(value, args, str.strip), ("delimiter",), each=True),
    "toLowerCase": Kind(lambda value, _args: None if value is None else _text(value).lower(), each=True),
    "toUpperCase": Kind(lambda value, _args: None if value is None else _text(value).upper(), each=True),
    "trim": Kind(lambda value, _args: None if value is None else _text(value).strip(), each=True),
    "Stringify": Kind(lambda value, _args: value if isinstance(value, str) else _json(value), each=True),
    "addition": Kind(lambda value, args: _whole(_number(value) + _number(args.get("by"))), ("by",), each=True),
    "multiply": Kind(lambda value, args: _whole(_number(value) * _number(args.get("by"))), ("by",), each=True),
    "RegexExtractAll": Kind(
        _extract_all,
        ("regex", "multi_line", "ignore_case", "period_matches_newline", "error_if_no_match", "unpack_matches"),
        each=True,
    ),
    "subtraction": Kind(lambda value, args: _whole(_number(value) - _number(args.get("by"))), ("by",), each=True),
}

# Transformers whose script is run: its arguments.
SCRIPT_TRANSFORMERS: dict[str, tuple[str, ...]] = {"JsonToTable": ("title", "headers")}

ARGUMENTS = {**{name: kind.args for name, kind in TRANSFORMERS.items()}, **SCRIPT_TRANSFORMERS}
