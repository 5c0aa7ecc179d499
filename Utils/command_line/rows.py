"""A command's answer as rows: of its outputs, the first that it has, one object a row; of a request, one device a row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_xsoar import CommandRun, Context
from local_xsoar.context import look_up, split_key
from local_xsoar.suggestion import did_you_mean

from command_line.outcome import RefusedError

DEVICES = "Devices"  # of a request: what became of each device
FILES = ("File", "InfoFile")
SHOWN = 20

Row = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A column: as it was typed, and the context paths that it may mean."""

    name: str
    paths: tuple[str, ...]

    def of(self, row: Mapping[str, Any], prefix: str) -> Any:
        """Its value in a row of the outputs under `prefix`."""
        for path in self.paths:
            below = path.removeprefix(f"{prefix}.")
            value = look_up(row, below)
            if value is None and below.startswith(f"{DEVICES}."):
                value = look_up(row, below.removeprefix(f"{DEVICES}."))
            if value is not None:
                return value
        return None


def read_fields(names: Sequence[str], outputs: Sequence[str]) -> tuple[Field, ...]:
    """The columns that are meant: whole context paths or their ends, without regard to case.

    Raises RefusedError for a name that no output of the command has.
    """
    return tuple(_field(name, outputs) for name in names)


def _field(name: str, outputs: Sequence[str]) -> Field:
    wanted = name.casefold()
    paths = [path for path in outputs if f".{path.casefold()}".endswith(f".{wanted}")]
    # The name of a whole object means all that is below it.
    paths += [
        path[: f".{path.casefold()}.".index(f".{wanted}.") + len(wanted)]
        for path in outputs
        if f".{wanted}." in f".{path.casefold()}."
    ]
    if not paths:
        known = list(dict.fromkeys(path.rpartition(".")[2] for path in outputs))
        listed = ", ".join(known[:SHOWN]) + (", …" if len(known) > SHOWN else "")
        hint = did_you_mean(name.rpartition(".")[2], known)
        raise RefusedError(
            f"--fields: there is no output {name}.{hint} " + (f"There are: {listed}." if known else "This command has none.")
        )
    return Field(name, tuple(dict.fromkeys(paths)))


def rows_of(run: CommandRun, context: Context) -> tuple[str, list[Row]]:
    """The prefix of the outputs, and its objects as they stand in the context after the command."""
    keys = [split_key(key)[0] for entry in run.entries for key in entry.get("EntryContext") or {}]
    prefixes = [prefix for prefix in dict.fromkeys(keys) if context.get(prefix) not in (None, [])]
    ordered = [prefix for prefix in prefixes if prefix not in FILES] or prefixes
    if not ordered:
        return "", []
    found = context.get(ordered[0])
    objects = found if isinstance(found, list) else [found]
    rows = [one if isinstance(one, dict) else {ordered[0].rpartition(".")[2]: one} for one in objects]
    return ordered[0], list(_by_device(rows))


def as_csv(rows: Sequence[Row], fields: Sequence[Field]) -> str:
    """RFC 4180 with line feeds, a header first. Objects within a row become columns of their own."""
    flat = [row if fields else dict(_flattened(row)) for row in rows]
    header = [field.name for field in fields] or list(dict.fromkeys(name for row in flat for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows([cell(row.get(name)) for name in header] for row in flat)
    return text.getvalue()


def cell(value: Any) -> str:
    """A value as one text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value):
        return ", ".join(cell(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _by_device(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        devices = row.get(DEVICES)
        if isinstance(devices, list) and devices and all(isinstance(device, dict) for device in devices):
            rest = {name: value for name, value in row.items() if name != DEVICES}
            yield from ({**device, **{name: value for name, value in rest.items() if name not in device}} for device in devices)
        else:
            yield row


def _flattened(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict) and value:
            yield from _flattened(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
