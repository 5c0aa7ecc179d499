"""`absolute playbook`: one playbook of the pack, task by task.

Tasks that need a person ask here; `--answers agree` agrees to everything, `--answers nobody` lets every deadline pass.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import environ
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from command_line.declared_playbooks import DeclaredPlaybook, declared_playbooks, short
from command_line.options import account_option, second_options, yes_option
from command_line.outcome import FailedError, Outcome, RefusedError

if TYPE_CHECKING:
    from local_xsoar import PlaybookRun
    from local_xsoar.playbooks.answers import Respondent
    from local_xsoar.terminal import Terminal

    from command_line.connection import Connection

Pairs = dict[str, str]


class Name(click.ParamType):
    """A playbook by its name, in full or short."""

    name = "playbook"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> DeclaredPlaybook:
        found = value if isinstance(value, DeclaredPlaybook) else declared_playbooks().get(short(str(value)))
        if found is None:
            from local_xsoar.suggestion import did_you_mean

            names = list(declared_playbooks())
            hint = did_you_mean(short(str(value)), names)
            self.fail(f"There is no playbook {value}.{hint} There are: {', '.join(names)}.", param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in declared_playbooks() if name.startswith(incomplete.lower())]


class Pair(click.ParamType):
    """name=value, the value as it was typed."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value[0], value[1]
        name, equals, text = str(value).partition("=")
        if not equals:
            self.fail(f"{value!r} is not in the form name=value.", param, ctx)
        return name, text

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        playbook = ctx.params.get("playbook")
        if param.name != "inputs" or not isinstance(playbook, DeclaredPlaybook):
            return []
        return [CompletionItem(f"{one.key}=") for one in playbook.inputs() if one.key.startswith(incomplete)]


@click.command("playbook", params=[account_option(), yes_option(), *second_options()])
@click.argument("playbook", type=Name(), required=False)
@click.argument("inputs", type=Pair(), nargs=-1, metavar="[INPUT=VALUE]...")
@click.option("--inputs", "list_inputs", is_flag=True, help="List the inputs of the playbook, and end.")
@click.option("--incident", type=Pair(), multiple=True, metavar="NAME=VALUE", help="A field of the incident; may be repeated.")
@click.option(
    "--answers",
    type=click.Choice(["ask", "agree", "nobody"]),
    default="ask",
    metavar="WHO",
    help="Who answers what people are asked: ask (you, default), agree (yes to everything), nobody.",
)
def command(
    playbook: DeclaredPlaybook | None,
    inputs: tuple[tuple[str, str], ...],
    list_inputs: bool,
    incident: tuple[tuple[str, str], ...],
    answers: str,
    account: str,
    yes: bool,
    second: str | None,
    second_on_demand: bool,
) -> int:
    """Runs a PLAYBOOK of the pack and shows its way, task by task. Without a name it lists them."""
    if playbook is None:
        click.echo("\n".join(f"{name:24}  {one.name}" for name, one in declared_playbooks().items()))
        return Outcome.DONE
    if list_inputs:
        click.echo(inputs_text(playbook))
        return Outcome.DONE
    given = _once_each(inputs)
    _check(playbook, given)
    from command_line.connection import connection

    with connection(environ, account, second) as connected:
        return _run(connected, playbook, given, _once_each(incident), answers, yes, second_on_demand)


def inputs_text(playbook: DeclaredPlaybook) -> str:
    """The inputs, each with what it is for and what it is without a word."""
    lines = [playbook.name, click.wrap_text(playbook.description(), 100, "  ", "  "), ""]
    for one in playbook.inputs():
        facts = "required" if one.required and not one.default else f"default {one.default}" if one.default else ""
        lines.append(click.wrap_text(f"{one.key}: {one.description}{f' ({facts})' if facts else ''}", 100, "  ", "      "))
    return "\n".join(lines)


def _run(
    account: Connection,
    playbook: DeclaredPlaybook,
    inputs: Pairs,
    incident: Pairs,
    answers: str,
    yes: bool,
    second_on_demand: bool,
) -> Outcome:
    from local_xsoar import UnsupportedPlaybookError, load_playbooks
    from local_xsoar.confirmation import agreed
    from local_xsoar.person import AgreesToEverything, Nobody, Overheard, PersonAtTerminal
    from local_xsoar.terminal import Terminal
    from rich.console import Console

    from command_line import places
    from command_line.preparation import prepared

    terminal, aside = Terminal(Console(), account.second is not None), Console(stderr=True)
    aside.print(account.announcement, soft_wrap=True)
    if account.is_real and not yes:
        # What it will do shows only while it runs, so what is asked about is what it was given.
        asking = Terminal(aside)
        asking.say("\n  ".join([playbook.name, *(f"{name}={value}" for name, value in inputs.items())]))
        if not agreed(asking, "Type yes to run this playbook on a real tenant: "):
            return Outcome.REFUSED
    respondents: dict[str, Respondent] = {
        "ask": PersonAtTerminal(terminal),
        "agree": Overheard(AgreesToEverything(), terminal),
        "nobody": Overheard(Nobody(), terminal),
    }
    try:
        library = load_playbooks(places.PLAYBOOKS)
        room = account.room(prepared(aside), terminal.waiting(account.wait), terminal, second_on_demand)
        run = room.run_playbook(library, playbook.name, dict(inputs), dict(incident), respondents[answers])
    except (UnsupportedPlaybookError, ValueError) as error:
        raise FailedError(str(error)) from None
    return _report(run, terminal)


def _report(run: PlaybookRun, terminal: Terminal) -> Outcome:
    terminal.say("\nOutputs", style="bold")
    terminal.say(json.dumps(run.outputs, indent=2, ensure_ascii=False, default=str))
    terminal.say("Incident", style="bold")
    terminal.say(json.dumps(run.incident, indent=2, ensure_ascii=False, default=str))
    if run.error:
        terminal.say(f"It failed: {run.error}", style="bold red")
        return Outcome.ERROR
    if run.waiting:
        terminal.say(f"It waits for a person: {run.waiting}", style="bold yellow")
        return Outcome.NOT_FINISHED
    terminal.say(f"It came to its end after {len(run.path)} tasks.", style="bold green")
    return Outcome.DONE


def _check(playbook: DeclaredPlaybook, inputs: Pairs) -> None:
    """Raises RefusedError for inputs that the playbook does not have, and for those that it misses."""
    known = {one.key: one for one in playbook.inputs()}
    unknown = [name for name in inputs if name not in known]
    missing = [name for name, one in known.items() if one.required and not (inputs.get(name) or one.default)]
    if not unknown and not missing:
        return
    from local_xsoar.suggestion import did_you_mean

    said = [f"There is no input {name}.{did_you_mean(name, known)}" for name in unknown]
    said += [f"The input {name} is missing: {known[name].description}" for name in missing]
    raise RefusedError("\n".join([f"{playbook.name}:", *said, f"absolute playbook {playbook.short_name} --inputs lists them."]))


def _once_each(pairs: Sequence[tuple[str, str]]) -> Pairs:
    """Raises RefusedError when a name is given twice."""
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise RefusedError(f"{twice} is given twice.")
    return dict(pairs)
