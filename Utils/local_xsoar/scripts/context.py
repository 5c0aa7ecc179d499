"""Scripts that write the context: Set, SetAndHandleEmpty, SetMultipleValues, DeleteContext."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local_xsoar import javascript
from local_xsoar.command_line import listed
from local_xsoar.scripts.script import Args, Entry, Script, ScriptCall, note

# What Number() reads; nothing is 0.
JAVASCRIPT_NUMBER = re.compile(
    r"|[+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", re.ASCII
)


def _set(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """Without `append` the key is written anew, with it the value is added as an output would be."""
    key, make = args["key"], _stringified if args.get("stringify") == "true" else _read_by_javascript
    value = make(args["value"])
    appends = args.get("append") == "true"
    if not appends:
        call.context.set(key, value)
    yield note(f"Key {key} set", {key: value}, {key: value} if appends else None)


def _set_and_handle_empty(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """An empty value leaves everything as it was. Unlike Set it appends unless `append` is "false"."""
    if args.get("stringify") == "true" or args.get("force") == "true":
        raise ValueError("SetAndHandleEmpty has public versions that disagree on what stringify and force do: use neither.")
    value = args.get("value")
    for key in listed(args["key"]):
        if not value:
            yield note("value is None")
            continue
        if args.get("append") == "false":
            call.context.delete(key)
        yield note(f"Key {key} set", outputs={key: _parsed(value)})


def _set_multiple_values(_call: ScriptCall, args: Args) -> Iterator[Entry]:
    keys = listed(args["keys"])
    outputs = {f"{args['parent']}(true)": dict(zip(keys, listed(args["values"])))}  # noqa: B905  # as zip() in the script
    yield note(f"Keys {','.join(keys)} set", outputs, outputs)


def _delete_context(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """In a sub-playbook with a private context it takes from the incident's, unless `subplaybook` is yes or auto."""
    context = call.context if args.get("subplaybook") in ("yes", "auto") else call.incident_investigation.context
    if args.get("all") == "yes":
        kept = {key: value for key in listed(args.get("keysToKeep")) if (value := context.get(key)) is not None}
        deleted = list(context.data)
        context.data.clear()
        for key, value in kept.items():
            context.set(key, value)
    elif args.get("key"):
        deleted = [key for key in listed(args["key"]) if context.delete(key)]
    else:
        raise ValueError("You must specify key or all=yes")
    yield note(f"Successfully deleted keys '{', '.join(deleted)}' from context." if deleted else "")


def _stringified(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _read_by_javascript(value: Any) -> Any:
    """As Set.js: what isNaN() takes for a number becomes one by BigInt(), the rest is read as JSON, and what fails stays.

    So "00123" is 123, an empty text or list is 0, and a list of one text is what that text says: JavaScript looks at a list as
    its items with commas.
    """
    if not isinstance(value, (str, list)):
        return value
    text = javascript.text(value)
    try:
        if JAVASCRIPT_NUMBER.fullmatch(text.strip()) and "." not in value:
            return int(text.strip() or "0", 0 if text.strip()[1:2].isalpha() else 10)
        return json.loads(text, parse_constant=_no_json)
    except ValueError:  # BigInt() takes neither an exponent nor Infinity
        return value


def _parsed(value: Any) -> Any:
    """A text that is JSON becomes what it says."""
    try:
        return json.loads(value, parse_constant=_no_json) if isinstance(value, str) else value
    except ValueError:
        return value


def _no_json(constant: str) -> None:
    """NaN and Infinity, which Python takes for JSON."""
    raise ValueError(constant)


SCRIPTS = {
    "Set": Script({"key": True, "value": True, "append": False, "stringify": False}, _set),
    "SetAndHandleEmpty": Script(
        {"key": True, "value": False, "append": False, "stringify": False, "force": False}, _set_and_handle_empty
    ),
    "SetMultipleValues": Script({"parent": True, "keys": True, "values": True}, _set_multiple_values),
    "DeleteContext": Script({"key": False, "all": False, "subplaybook": False, "keysToKeep": False}, _delete_context),
}
