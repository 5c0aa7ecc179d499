"""Runs one command of the pack on the account that was chosen, and shows its answer."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from os import environ
from typing import Any

from local_xsoar import CommandRun, Entry, Integration, WarRoom
from local_xsoar.command_line import CommandLineError, as_text
from local_xsoar.confirmation import confirmed
from local_xsoar.render import notes, printable, render_rows
from local_xsoar.terminal import Terminal
from rich.console import Console

from command_line import files
from command_line.connection import Connection, connection
from command_line.judgement import judge
from command_line.manifest import DeclaredCommand, declared
from command_line.options import RunOptions
from command_line.outcome import Outcome, RefusedError
from command_line.preparation import prepared
from command_line.progress import Progress
from command_line.rows import Field, as_csv, cell, read_fields, rows_of
from command_line.traffic import watched

Arguments = dict[str, Any]
Read = Callable[[WarRoom], tuple[str, Arguments]]
pause = time.sleep
TYPED = re.compile(r"`(![^`]+)`")  # a line of the war room, as answers show it


def run_command(command: DeclaredCommand, args: Arguments, options: RunOptions) -> Outcome:
    """Runs a command with arguments that are values; a list of them reaches it as one text."""
    texts = {name: as_text(value) for name, value in args.items()}
    return _run(command, lambda _room: (command.name, texts), options)


def run_line(line: str, options: RunOptions) -> Outcome:
    """Runs what an analyst would type into the war room."""
    text = line if line.lstrip().startswith("!") else f"!{line.lstrip()}"
    words = text.split(maxsplit=1)
    return _run(declared(words[0].removeprefix("!")), lambda room: room.read(text), options)


def _run(command: DeclaredCommand | None, read: Read, options: RunOptions) -> Outcome:
    if options.watch and not (command and (command.reads or command.can_wait)):
        raise RefusedError("--watch: this command neither waits for anything nor lists anything.")
    fields = read_fields(options.fields, command.outputs if command else ())
    files.check_place(options.save)
    aside = Console(stderr=True)
    with connection(environ, options.account, options.second) as account:
        aside.print(account.announcement, soft_wrap=True)
        running = Running(command, read, options, fields, account, aside, prepared(aside))
        return running.again_and_again() if options.watch and command and command.reads else running.once()


@dataclass(frozen=True)
class Running:
    """One command on one account."""

    _command: DeclaredCommand | None
    _read: Read
    _options: RunOptions
    _fields: tuple[Field, ...]
    _account: Connection
    _aside: Console
    _integration: Integration
    _out: Console = field(default_factory=Console)

    def once(self) -> Outcome:
        progress = Progress(self._aside, self._out if self._shows_entries else None, self._account.second is not None)
        wait = progress.waiting(self._account.wait)
        room = self._account.room(self._integration, wait, progress, self._options.second_on_demand)
        try:
            name, args = self._read(room)
        except CommandLineError as error:
            raise RefusedError(str(error)) from None
        if self._options.watch and self._command and self._command.can_wait:
            args = {**args, "polling": "true"}
        asks = self._account.is_real and not self._options.yes
        if asks and not confirmed(room, Terminal(self._aside), name, args):
            return Outcome.REFUSED
        try:
            with watched() as traffic:
                run = room.execute(name, args)
        except KeyboardInterrupt:
            return self._broken_off(progress)
        self._show(run, room)
        self._tell_next_steps(run)
        self._keep_files(room)
        return judge(run, self._command, traffic)

    def again_and_again(self) -> Outcome:
        """Looks until Ctrl-C; a look that is refused is the last."""
        outcome = Outcome.DONE
        try:
            while outcome != Outcome.REFUSED:
                if self._out.is_terminal:
                    self._out.clear()
                self._aside.print(f"{datetime.now():%H:%M:%S}, every {self._options.every:g} s, Ctrl-C ends", style="dim")  # noqa: DTZ005
                outcome = self.once()
                pause(self._options.every)
        except KeyboardInterrupt:
            return Outcome.DONE
        return outcome

    @property
    def _shows_entries(self) -> bool:
        return self._options.output == "table" and not self._fields

    def _show(self, run: CommandRun, room: WarRoom) -> None:
        """What was not shown already while it came."""
        if self._options.output == "raw":
            self._write(json.dumps(run.entries, indent=2, ensure_ascii=False))
        elif not self._shows_entries and (run.ok or room.context.data):  # what failed has its verdicts, too
            self._show_outputs(run, room)

    def _show_outputs(self, run: CommandRun, room: WarRoom) -> None:
        for note in filter(None, (notes(Entry(entry).markdown) for entry in run.entries)):
            self._aside.print(note, markup=False, highlight=False, soft_wrap=True)
        prefix, rows = rows_of(run, room.context)
        chosen = [{one.name: one.of(row, prefix) for one in self._fields} for row in rows] if self._fields else rows
        if self._options.output == "csv":
            self._write(as_csv(chosen, self._fields).rstrip("\n"))
        elif self._options.output == "json":
            self._write(json.dumps(chosen if self._fields else room.context.data, indent=2, ensure_ascii=False))
        else:
            header = [one.name for one in self._fields]
            self._out.print(render_rows(header, [[cell(row[name]) for name in header] for row in chosen]))

    def _write(self, text: str) -> None:
        """For programs, byte by byte; at a terminal nothing steers it."""
        shown = printable(text) if self._out.is_terminal else text
        self._out.file.write(f"{shown}\n" if shown else "")

    def _tell_next_steps(self, run: CommandRun) -> None:
        """What an answer tells to type into the war room, as a shell takes it."""
        account = f" --account {shlex.quote(self._options.account)}" if self._options.account else ""
        for line in dict.fromkeys(TYPED.findall(run.last.markdown)):
            shown = printable(f"Next: absolute run {shlex.quote(line)}{account}")
            self._aside.print(shown, style="cyan", markup=False, highlight=False, soft_wrap=True)

    def _keep_files(self, room: WarRoom) -> None:
        found = list(room.investigation.files.values())
        if found and self._options.save:
            for path in files.save(found, self._options.save):
                self._aside.print(f"Saved: {path}", style="cyan", markup=False, soft_wrap=True)
        elif found:
            self._aside.print("Files are not kept. --save FOLDER keeps them.", style="yellow")

    def _broken_off(self, progress: Progress) -> Outcome:
        if progress.latest:
            Terminal(self._aside).entry(progress.latest)
        self._aside.print("No longer waiting. What was already sent is not taken back.", style="yellow")
        return Outcome.INTERRUPTED
