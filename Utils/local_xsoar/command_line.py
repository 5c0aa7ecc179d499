"""What an analyst types: `!command argument=value argument="two words" argument=`anything "at" all` argument=${Path}`.

Quoting as in the CLI of XSOAR: in single and double quotes `\\` escapes, between backticks nothing is special, and
`${Path}` is replaced from the context. What XSOAR refuses before it runs anything is refused here, in plain words.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from local_xsoar.context import REFERENCE, Context, as_list
from local_xsoar.integration import Argument, Command
from local_xsoar.suggestion import did_you_mean

ARGUMENT_NAME = re.compile(r"([\w.-]+)=")
BARE = re.compile(r"[^\s\"'`]\S*")
QUOTES = {'"': "quotation mark", "'": "quotation mark", "`": "backtick"}
QUOTED = re.compile(r"""(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)|`(?P<plain>[^`]*)`""", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
SERVER_ARGUMENTS = {
    "auto-extract", "debug-mode", "execution-timeout", "extend-context", "ignore-outputs", "raw-response", "retry-count",
    "retry-interval", "using-category",
}  # fmt: skip


class CommandLineError(ValueError):
    """The line cannot be run; the text says why, as a person reads it."""


@dataclass(frozen=True)
class Typed:
    """One argument as it stands in the line, from `start` to `end`. The name is "" for a value without one."""

    name: str
    value: str
    start: int
    end: int


def parse(line: str) -> tuple[str, list[Typed]]:
    """The command and its arguments in order. Raises CommandLineError."""
    command = re.match(r"\s*!(\S+)", line)
    if not command:
        raise CommandLineError("A command begins with !, for example !command argument=value.")
    return command[1], _arguments(line, command.end())


def _arguments(line: str, position: int) -> list[Typed]:
    found = []
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        start = position
        name = ARGUMENT_NAME.match(line, start)
        value, position = _value(line, name.end() if name else start)
        found.append(Typed(name[1] if name else "", value, start, position))
    return found


def _value(text: str, position: int) -> tuple[str, int]:
    """The value that begins at `position`, and the position after it."""
    if text[position : position + 1] not in QUOTES:
        bare = BARE.match(text, position)
        return (bare[0], bare.end()) if bare else ("", position)
    quoted = QUOTED.match(text, position)
    if not quoted:
        what = QUOTES[text[position]]
        raise CommandLineError(f"The {what} before {text[position + 1 : position + 21]!r} is not closed.")
    if quoted["plain"] is not None:
        return quoted["plain"], quoted.end()
    return re.sub(r"(?s)\\(.)", lambda escape: ESCAPES.get(escape[1], escape[1]), quoted["value"]), quoted.end()


def bind(command: Command, typed: list[Typed], context: Context) -> dict[str, Any]:
    """The arguments as the command gets them: names given to nameless values, `${Path}` resolved.

    Raises CommandLineError.
    """
    args: dict[str, Any] = {}
    for argument in typed:
        name = argument.name or _default_argument(command, argument.value)
        if name in args:
            raise CommandLineError(f"The argument {name} of {command.name} is given twice.")
        args[name] = REFERENCE.sub(lambda reference: as_text(context.get(reference[1])) or "", argument.value)
    return args


def complete(command: Command, args: dict[str, Any]) -> dict[str, Any]:
    """`args` with the manifest's default values, every value as XSOAR hands it on.

    Values outside `predefined` are passed on: XSOAR offers that list and does not enforce it. Raises CommandLineError
    for unknown and for missing required arguments.
    """
    for name in args:
        if name not in command.by_name:
            raise CommandLineError(_unknown_argument(command, name))
    defaults = {name: argument.default_value for name, argument in command.by_name.items() if argument.default_value is not None}
    given = {name: value for name, value in args.items() if value is not None}
    missing = [
        name for name, argument in command.by_name.items() if argument.required and {**defaults, **given}.get(name, "") == ""
    ]
    if missing:
        raise CommandLineError(f"Missing required argument of {command.name}: {', '.join(missing)}.")
    return {**defaults, **given}


def as_text(value: Any) -> Any:
    """A value as the server passes it to a command: text. Lists of plain values are joined by commas, the rest is JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(_is_plain(item) for item in value):
        return ",".join(str(item) for item in value)
    return json.dumps(value)


def listed(value: Any) -> list[Any]:
    """The other way round, an argument with `isArray`: a list, or a text with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return as_list(value)


def _is_plain(item: Any) -> bool:
    return isinstance(item, (str, int, float)) and not isinstance(item, bool) and not re.search(r'[,"\[\]]', str(item))


def _default_argument(command: Command, value: str) -> str:
    default: Argument | None = next((argument for argument in command.arguments if argument.default), None)
    if default is None:
        raise CommandLineError(f"{value!r} stands without an argument name, and {command.name} has no default argument.")
    return default.name


def _unknown_argument(command: Command, name: str) -> str:
    if name in SERVER_ARGUMENTS:
        return f"The argument {name} is one of the server's own, which the local XSOAR does not have."
    offered = [argument.name for argument in command.arguments if not argument.hidden]
    listed = ", ".join(offered) or "none"
    return f"{command.name} has no argument {name}.{did_you_mean(name, offered)} Its arguments: {listed}."
