"""A playbook at the terminal, on the local tenant or on a real one: its way, task by task.

`make playbook NAME="Absolute - Device Enrichment" ARGS="Endpoint_hostname=LAB-0001"`. Tasks that need a person ask here;
`--answers agree` agrees to everything, `--answers nobody` lets every deadline pass. `--second token` and `--second account` add
a second instance, as in the war room.
"""

from __future__ import annotations

import argparse
import json
import sys
from os import environ

from local_xsoar import Library, PlaybookRun, UnsupportedPlaybookError, load_playbooks
from local_xsoar.person import AgreesToEverything, Nobody, Overheard, PersonAtTerminal
from local_xsoar.playbooks.answers import Respondent
from local_xsoar.terminal import Terminal
from rich.console import Console

from command_line.war_room import INTEGRATION, Connection, IncompleteEnvironmentError, add_instance_arguments, connection

PLAYBOOKS = INTEGRATION.parents[1] / "Playbooks"
FAILED, REFUSED, OPEN = 1, 2, 3  # exit statuses


def main() -> int:
    options = _options()
    terminal = Terminal(Console())
    try:
        library = load_playbooks(PLAYBOOKS)
        if library.find(options.name) is None:
            terminal.say(f"There is no playbook {options.name!r}, but:\n" + "\n".join(library.playbooks), style="red")
            return REFUSED
        with connection(environ, options.second) as connected:
            if connected.is_real and not options.yes and not _agreed(terminal, connected):
                return REFUSED
            return _run(connected, library, terminal, options)
    except (IncompleteEnvironmentError, UnsupportedPlaybookError) as error:
        terminal.say(str(error), style="red")
        return REFUSED


def _agreed(terminal: Terminal, connection: Connection) -> bool:
    terminal.say(connection.announcement, style="bold red")
    return terminal.console.input("Type yes to run the playbook on it: ").strip().lower() == "yes"


def _run(connection: Connection, library: Library, terminal: Terminal, options: argparse.Namespace) -> int:
    terminal.say(connection.announcement, style="bold red" if connection.is_real else "bold green")
    terminal.names_instances = connection.second is not None
    with terminal.console.status("preparing the integration"):
        room = connection.room(terminal.waiting(connection.wait), terminal, options.second_on_demand)
    respondents: dict[str, Respondent] = {
        "ask": PersonAtTerminal(terminal),
        "agree": Overheard(AgreesToEverything(), terminal),
        "nobody": Overheard(Nobody(), terminal),
    }
    try:
        run = room.run_playbook(library, options.name, dict(options.inputs), dict(options.incident), respondents[options.answers])
    except (UnsupportedPlaybookError, ValueError) as error:
        terminal.say(str(error), style="red")
        return REFUSED
    return _report(run, terminal)


def _report(run: PlaybookRun, terminal: Terminal) -> int:
    terminal.say("\nOutputs", style="bold")
    terminal.say(json.dumps(run.outputs, indent=2, ensure_ascii=False, default=str))
    terminal.say("Incident", style="bold")
    terminal.say(json.dumps(run.incident, indent=2, ensure_ascii=False, default=str))
    if run.error:
        terminal.say(f"It failed: {run.error}", style="bold red")
        return FAILED
    if run.waiting:
        terminal.say(f"It waits for a person: {run.waiting}", style="bold yellow")
        return OPEN
    terminal.say(f"It came to its end after {len(run.path)} tasks.", style="bold green")
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not in the form name=value")
    return name, value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Runs a playbook of the pack on the local tenant; on a real one when ABSOLUTE_URL, ABSOLUTE_TOKEN_ID and "
        "ABSOLUTE_SECRET_KEY (or ABSOLUTE_PRIVATE_KEY_FILE) are set."
    )
    add_instance_arguments(parser)
    parser.add_argument("name", help="the playbook's name")
    parser.add_argument("inputs", nargs="*", type=_pair, help="name=value for each input of the playbook")
    parser.add_argument("--incident", nargs="*", type=_pair, default=[], metavar="NAME=VALUE", help="fields of the incident")
    parser.add_argument("--answers", choices=["ask", "agree", "nobody"], default="ask", help="who answers tasks for people")
    parser.add_argument("--yes", action="store_true", help="do not ask before running on a real tenant")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
