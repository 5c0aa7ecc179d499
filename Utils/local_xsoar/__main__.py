"""`python -m local_xsoar war-room`, `… job` and `… survey`: any instance of any integration, and playbooks of any folder."""

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console

from local_xsoar import job_command, survey
from local_xsoar.integration import load_integration
from local_xsoar.platform import PlatformModules
from local_xsoar.prompt import Session
from local_xsoar.scheduler import Watcher
from local_xsoar.terminal import Terminal
from local_xsoar.war_room import WarRoom


def main() -> int:
    options = _options()
    return int(options.start(options))


def war_room(options: argparse.Namespace) -> int:
    terminal = Terminal(Console())
    room = WarRoom(
        load_integration(options.integration),
        params=json.loads(options.params.read_text(encoding="utf-8")) if options.params else {},
        modules=PlatformModules(options.modules),
        wait=terminal.waiting(time.sleep),
        watcher=Watcher() if options.json else terminal,
    )
    session = Session(room, terminal, asks_first=not options.yes)
    return session.once(options.line, options.json) if options.line else session.interactive()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_xsoar", description="A local Cortex XSOAR.")
    programs = parser.add_subparsers(required=True)
    _add_war_room(programs.add_parser("war-room", description="The war room of one integration instance."))
    job = programs.add_parser("job", description="A scheduled fetch of one instance. It can be killed and started again.")
    job_command.add_instance_arguments(job)
    job_command.add_arguments(job)
    job.set_defaults(start=job_command.main)
    survey.add_arguments(programs.add_parser("survey", description="Which playbooks of a folder can be read, and why not."))
    return parser.parse_args()


def _add_war_room(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("integration", type=Path, help="folder Packs/<Pack>/Integrations/<Name>")
    parser.add_argument("line", nargs="?", help="one command, '!command argument=value'; a prompt without it")
    parser.add_argument("--params", type=Path, help="JSON file with the parameters of the instance")
    parser.add_argument("--modules", type=Path, help="folder with the platform's genuine modules")
    parser.add_argument("--json", action="store_true", help="print the raw entries")
    parser.add_argument("--yes", action="store_true", help="do not ask before potentially harmful commands")
    parser.set_defaults(start=war_room)


if __name__ == "__main__":
    sys.exit(main())
