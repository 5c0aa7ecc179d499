"""The runs whose requests are checked: every line of the catalogue, and every value that the manifest offers.

`$name` in a line is filled from the tenant when the line is run (see `fills.py`), so that each line works by itself.
`$targets` stands for the devices of a command: one device, and each of TARGET_FORMS in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from catalogue import read_catalogue
from local_xsoar import Integration, command_line
from local_xsoar.integration import Command

# Given by the platform to the command that it runs again.
HIDDEN = frozenset({"hide_polling_output", "polls_left", "last_progress", "following"})
TARGETS = "targets"


@dataclass(frozen=True)
class Case:
    """One run of a command. Values may hold `$name`; the argument `targets` stands for target arguments."""

    command: str
    args: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join([self.command, *(f"{name}={value}" for name, value in self.args.items())])[:160]

    def having(self, **args: str) -> Case:
        return replace(self, args={**self.args, **args})

    def without(self, *names: str) -> Case:
        return replace(self, args={name: value for name, value in self.args.items() if name not in names})


# By name what stands for $targets: target arguments with values of the device `1`, and where there are two, of the device `2`.
ONE_OF_EACH = {
    "device_ids": "$uid_1",
    "esns": "$esn_1",
    "serial_numbers": "$serial_1",
    "mac_addresses": "$mac_1",
    "device_names": "$name_1",
    "local_ips": "$local_ip_1",
    "public_ips": "$public_ip_1",
    "user_names": "$user_1",
}
# Tried with every command that takes devices.
TARGET_FORMS: tuple[Mapping[str, str], ...] = (
    {"serial_numbers": "$serial_1,$serial_2"},
    {"mac_addresses": "$mac_1,$mac_2"},
    ONE_OF_EACH,
)
# Tried with these, for the others say them alike.
FOR_ALL_FORMS = ("absolute-device-list", "absolute-device-application-list")
MORE_TARGET_FORMS: tuple[Mapping[str, str], ...] = (
    *({name: value} for name, value in ONE_OF_EACH.items()),
    *({name: f"{value},{value.replace('1', '2')}"} for name, value in ONE_OF_EACH.items()),
    *({name: f"{value}*"} for name, value in ONE_OF_EACH.items() if name not in ("device_ids", "mac_addresses")),
    {"user_names": "*$user_1"},
    {"user_names": "*$user_1*,*$user_2,$user_2*"},
    {"device_ids": "$uid_1,$uid_2", "serial_numbers": "$serial_1,$serial_2", "device_names": "$name_1"},
    {"serial_numbers": "$many_serials"},
    {"serial_numbers": "$many_serials", "device_ids": "$uid_1,$uid_2"},
    {"device_names": "O'Brien & Söhne = 50%+1"},
    {"device_names": "O'Brien & Söhne = 50%+1,$name_1"},
    {"device_names": '名前 <b>?#[x]\\/|~^`"\\', "user_names": "CORP\\jdoe,شمس"},
)


def cases(integration: Integration) -> Iterator[Case]:
    """Every run: the lines, each offered value that no line has, each form of naming devices."""
    lines = [*written_cases()]
    simplest = {case.command: case for case in reversed(lines)}
    yield from lines
    for name, case in simplest.items():
        command = integration.commands[name]
        tried = {(argument, value) for line in lines if line.command == name for argument, value in line.args.items()}
        offered = [(argument.name, value) for argument in command.arguments for value in argument.predefined]
        yield from (case.without("polling").having(**{one: value}) for one, value in offered if (one, value) not in tried)
        if "serial_numbers" in command.by_name:
            yield from forms(case, command)


def forms(case: Case, command: Command) -> Iterator[Case]:
    """The command with each form of naming devices; without effect where it can be told to have none."""
    plain = case.without(TARGETS, "polling", *ONE_OF_EACH)
    if "dry_run" in command.by_name:
        plain = plain.having(dry_run="true")
    yield from (plain.having(**form) for form in TARGET_FORMS + (MORE_TARGET_FORMS if case.command in FOR_ALL_FORMS else ()))


def written_cases() -> Iterator[Case]:
    """The lines of the catalogue, with values in place of their quotation."""
    for line in (line for entry in read_catalogue() for line in entry.lines):
        name, typed = command_line.parse(f"!{line}")
        yield Case(name, {argument.name or argument.value.strip("$"): argument.value for argument in typed})
