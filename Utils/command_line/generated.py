"""A command of the integration as a command of the program: `serial_numbers=A,B` is `--serial-numbers A,B`.

Values reach the integration as they were typed: no quoting, no `${…}`. What is wrong with a value, the integration says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from command_line.asking import ask
from command_line.manifest import DeclaredArgument, DeclaredCommand
from command_line.options import OPTION_NAMES, chosen, run_options

ASKED_FOR = "\0"  # the value of a secret that is typed when it is asked for; a shell cannot hand that over
OWN = "argument_"  # before the names of the command's arguments, so that the program's options keep theirs
FIRST_SENTENCE = re.compile(r".+?[.?!](?=\s|$)", re.DOTALL)


class ArgumentOption(click.Option):
    """One argument of the command."""

    def __init__(self, argument: DeclaredArgument) -> None:
        self.argument = argument
        spelling = argument.name.replace("_", "-")
        name = spelling if argument.name not in OPTION_NAMES else f"argument-{spelling}"
        spellings = [f"--{name}"] + ([f"--{argument.name}"] if name != argument.name and name == spelling else [])
        super().__init__(
            [f"{OWN}{argument.name}", *spellings],
            required=argument.required,
            multiple=argument.is_array,
            metavar="LIST" if argument.is_array else "TEXT",
            help=_explained(argument),
            is_flag=False if argument.is_switch or argument.secret else None,
            flag_value="true" if argument.is_switch else ASKED_FOR if argument.secret else None,
        )

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        metavar = "" if self.argument.is_switch else f" {self.metavar}"
        return f"{self.opts[0]}{metavar}", f"{self.help}{' [required]' if self.required else ''}"

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(value) for value in self.argument.predefined if value.startswith(incomplete)]


class GeneratedCommand(click.Command):
    """Its help has the arguments that name devices apart, as they are the same everywhere."""

    def __init__(self, declared: DeclaredCommand) -> None:
        self.declared = declared
        arguments: list[click.Parameter] = [ArgumentOption(argument) for argument in declared.arguments]
        default = [argument for argument in declared.arguments if argument.default]
        nameless = [click.Argument([_nameless(argument)], required=False, metavar=f"[{argument.name}]") for argument in default]
        super().__init__(
            declared.short_name,
            params=[*arguments, *nameless, *run_options()],
            callback=self._start,
            help=declared.description + (" On a real tenant it asks first." if declared.changes else ""),
            short_help=_summary(declared.description),
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = [param for param in self.params if isinstance(param, ArgumentOption)]
        others = [param for param in self.get_params(ctx) if not isinstance(param, ArgumentOption)]
        sections: dict[str, Sequence[click.Parameter]] = {
            "Which devices, several with commas": [option for option in own if option.argument.is_target],
            "Arguments": [option for option in own if not option.argument.is_target],
            "Options": others,
        }
        for title, params in sections.items():
            records = [record for param in params if (record := param.get_help_record(ctx))]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def _start(self, **values: Any) -> int:
        from command_line.running import run_command

        options = chosen(values)
        return run_command(self.declared, self._arguments(values), options)

    def _arguments(self, values: dict[str, Any]) -> dict[str, Any]:
        """The arguments that were given. Of a list, one value stays as it was typed, for it may hold commas."""
        args: dict[str, Any] = {}
        for argument in self.declared.arguments:
            given = [
                value for value in (values.get(f"{OWN}{argument.name}"), values.get(_nameless(argument))) if value is not None
            ]
            flat = [text for value in given for text in (value if isinstance(value, tuple) else [value])]
            if len(flat) > 1 and not argument.is_array:
                raise click.UsageError(f"{argument.name} is given twice.")
            if flat == [ASKED_FOR]:
                args[argument.name] = ask(f"{argument.name} (not shown): ", hidden=True)
            elif flat:
                args[argument.name] = flat[0] if len(flat) == 1 else flat
        return args


def _nameless(argument: DeclaredArgument) -> str:
    return f"nameless_{argument.name}"


def _explained(argument: DeclaredArgument) -> str:
    """What stands in the help: the first sentence, without what its place says already."""
    summary = _summary(argument.description).removeprefix("A comma-separated list of ")
    text = summary[:1].upper() + summary[1:] + (" Without a value it is asked for." if argument.secret else "")
    return f"{text} One of {', '.join(argument.predefined)}." if argument.predefined and not argument.is_switch else text


def _summary(description: str) -> str:
    found = FIRST_SENTENCE.match(description)
    return found[0] if found else description
