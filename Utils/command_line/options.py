"""The options that every command of the pack has in the program, beside its own arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

OUTPUT_HELP = "table, json (the context), csv (its rows), raw (entries)."
OUTPUTS = ("table", "json", "csv", "raw")
SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class RunOptions:
    """How a command is run and how its answer is shown.

    Attributes:
        output: One of OUTPUTS.
        fields: Context paths or their ends: the columns that are wanted; none for all.
        save: The folder, or the file of a single one, for files that the command gives back.
        watch: Wait for what was asked for; or look again and again, every `every` seconds.
        yes: Do not ask before something is changed on a real tenant.
    """

    output: str = "table"
    fields: tuple[str, ...] = ()
    save: Path | None = None
    watch: bool = False
    every: float = 10.0
    yes: bool = False


class Duration(click.ParamType):
    """30s, 1m, 2h."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", str(value))
        if not found or not float(found[1]):
            self.fail(f"{value!r} is no time such as 30s, 1m or 2h.", param, ctx)
        return float(found[1]) * SECONDS[found[2]]


def run_options() -> list[click.Option]:
    """A new set of them, in the order of the help. Their values make a RunOptions."""
    return [
        click.Option(
            ["--output", "-o", "output"], type=click.Choice(OUTPUTS), default="table", metavar="FORMAT", help=OUTPUT_HELP
        ),
        click.Option(["--fields", "fields"], metavar="LIST", help="Only these columns, such as Id,DeviceName."),
        click.Option(["--save", "save"], type=click.Path(path_type=Path), help="The folder for files that it gives back."),
        click.Option(["--watch", "watch"], is_flag=True, help="Wait for the verdicts; look at a list again and again."),
        click.Option(["--every", "every"], type=Duration(), default=10.0, help="How often, such as 30s (default 10s)."),
        click.Option(["--yes", "yes"], is_flag=True, help="Change a real tenant without a question."),
    ]


OPTION_NAMES = frozenset(str(option.name) for option in run_options())


def chosen(values: dict[str, Any]) -> RunOptions:
    """The options out of what click gives to a command; they are taken out of `values`."""
    found = {name: values.pop(name) for name in OPTION_NAMES}
    found["fields"] = tuple(field.strip() for field in (found["fields"] or "").split(",") if field.strip())
    return RunOptions(**found)
