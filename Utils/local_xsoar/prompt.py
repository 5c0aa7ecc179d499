"""The war room at a terminal."""

from collections.abc import Iterable
from dataclasses import dataclass

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import AnyFormattedText

from local_xsoar.command_line import CommandLineError
from local_xsoar.command_run import CommandRun
from local_xsoar.confirmation import confirmed
from local_xsoar.history import DiscreetHistory, history_path
from local_xsoar.integration import Command, Integration
from local_xsoar.terminal import Terminal
from local_xsoar.war_room import WarRoom

ROOM_COMMANDS = ("/context", "/help", "/quit")
HELP = "!command argument=value runs a command, /context [path] shows the context, /help [command] explains, /quit leaves."


class ManifestCompleter(Completer):
    """Completes commands, argument names and predefined values from the manifest."""

    def __init__(self, integration: Integration) -> None:
        self._integration = integration

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        line = document.text_before_cursor
        word = line.split(" ")[-1]
        for candidate in self._candidates(line, word):
            if candidate.startswith(word) and candidate != word:
                yield Completion(candidate, start_position=-len(word))

    def _candidates(self, line: str, word: str) -> list[str]:
        names = [name for name, command in self._integration.commands.items() if not (command.hidden or command.deprecated)]
        if line == word:
            return [*(f"!{name}" for name in names), *ROOM_COMMANDS]
        if line.startswith("/help "):
            return names
        command = self._integration.commands.get(line.split(" ")[0].removeprefix("!"))
        return _argument_candidates(command, line, word) if command else []


def _argument_candidates(command: Command, line: str, word: str) -> list[str]:
    name, equals, _ = word.partition("=")
    if equals:
        argument = command.by_name.get(name)
        return [f"{name}={value}" for value in argument.predefined] if argument else []
    return [f"{argument.name}=" for argument in command.arguments if not argument.hidden and f" {argument.name}=" not in line]


@dataclass
class Session:
    """One person at one war room. `asks_first`: potentially harmful commands want a yes; `sign` stands before each line."""

    room: WarRoom
    terminal: Terminal
    asks_first: bool
    sign: AnyFormattedText = "war room> "

    def interactive(self) -> int:
        """Reads lines until /quit or the end of input."""
        prompt: PromptSession[str] = PromptSession(
            completer=ManifestCompleter(self.room.integration),
            history=DiscreetHistory(self.room.integration, history_path()),
            complete_while_typing=False,
        )
        self.terminal.say(HELP)
        while True:
            try:
                line = prompt.prompt(self.sign).strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return 0
            if line == "/quit":
                return 0
            if line:
                self.handle(line)

    def follow(self, lines: Iterable[str]) -> int:
        """Runs lines that come from a pipe or a file; 1 when one of them failed."""
        status = 0
        for line in map(str.strip, lines):
            if line == "/quit":
                break
            if line and not self.handle(line):
                status = 1
        return status

    def handle(self, line: str) -> bool:
        """One line of the prompt; tells whether it went well. Ctrl-C ends the wait for a command, not the session."""
        room_command, _, rest = line.partition(" ")
        if room_command == "/context":
            self.terminal.show_context(self.room.context, rest.strip())
        elif room_command == "/help":
            self._help(rest.strip().removeprefix("!"))
        elif line.startswith("/"):
            self.terminal.say(HELP)
        else:
            run = self._run(line) if self.may_run(line) else None
            return run is not None and run.ok
        return True

    def _run(self, line: str) -> CommandRun | None:
        """The finished run, None when it was interrupted."""
        try:
            return self.room.run(line)
        except KeyboardInterrupt:
            self.terminal.say("No longer waiting. What was already sent is not taken back.", style="yellow")
            return None

    def _help(self, name: str) -> None:
        command = self.room.integration.commands.get(name)
        if command:
            self.terminal.show_command(command)
        else:
            self.terminal.say(HELP)
            self.terminal.show_commands(self.room.integration)

    def may_run(self, line: str) -> bool:
        """Whether nobody objects to a line. What is wrong with it, running it tells."""
        try:
            name, args = self.room.read(line)
        except CommandLineError:
            return True
        return not self.asks_first or confirmed(self.room, self.terminal, name, args)
