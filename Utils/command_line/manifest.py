"""The integration's commands as the manifest in the repository declares them.

The war room takes them from the unified manifest, which takes seconds to make when something has changed. Help and completion
cannot wait for that, nor for the modules that run a command.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pack_files import manifest

PREFIX = "absolute-"  # of every command but the platform's generic ones
TARGETS = frozenset(
    ("device_ids", "serial_numbers", "esns", "device_names", "user_names", "local_ips", "public_ips", "mac_addresses")
)
SWITCH = ("true", "false")
CHECKBOX, CREDENTIALS, LONG_TEXT, CHOICES = 8, 9, 12, 16  # types of parameters
SIGNING_IN = ("url", "credentials", "private_key")
# Parameters that the program sets itself, for `absolute job`, and those of the platform's own clock and incidents.
OF_THE_PROGRAM = frozenset({"isFetch", "isFetchEvents", "incidentType", "incidentFetchInterval", "eventFetchInterval"})


@dataclass(frozen=True)
class DeclaredArgument:
    name: str
    description: str
    required: bool
    default: bool  # takes the value that is typed without a name
    predefined: tuple[str, ...]
    is_array: bool
    secret: bool

    @property
    def is_switch(self) -> bool:
        return self.predefined == SWITCH

    @property
    def is_target(self) -> bool:
        """It names devices, in the same way for every command."""
        return self.name in TARGETS


@dataclass(frozen=True)
class DeclaredCommand:
    """`changes`: the manifest marks it as potentially harmful. `outputs` are context paths."""

    name: str
    description: str
    arguments: tuple[DeclaredArgument, ...]
    outputs: tuple[str, ...]
    changes: bool

    @property
    def short_name(self) -> str:
        return self.name.removeprefix(PREFIX)

    @property
    def reads(self) -> bool:
        """Its name says that it does nothing but look."""
        return not self.changes and self.name.endswith(("-list", "-get", "-get-events", "endpoint"))

    @property
    def can_wait(self) -> bool:
        return any(argument.name == "polling" for argument in self.arguments)


@dataclass(frozen=True)
class DeclaredParameter:
    """One parameter of an instance, as the platform's form shows it. `type` is the manifest's number.

    Attributes:
        user: What the user name of credentials is called; "" where there is none.
        default: As text, a list separated by commas.
        options: What can be chosen.
    """

    name: str
    display: str
    user: str
    type: int
    required: bool
    default: str
    section: str
    advanced: bool
    hint: str
    options: tuple[str, ...]

    @property
    def signs_in(self) -> bool:
        """It says where and with what the instance signs in, not how it works."""
        return self.name in SIGNING_IN


@cache
def declared_commands() -> dict[str, DeclaredCommand]:
    """The commands that a person may type, by their short names."""
    raws = manifest()["script"]["commands"]
    commands = [_command(raw) for raw in raws if not (raw.get("hidden") or raw.get("deprecated"))]
    return {command.short_name: command for command in commands}


@cache
def declared_parameters() -> tuple[DeclaredParameter, ...]:
    """The parameters of an instance that the program leaves to its user, in the order of the platform's form."""
    sections = manifest()["sectionorder"]
    found = [_parameter(raw) for raw in manifest()["configuration"] if raw["name"] not in OF_THE_PROGRAM]
    return tuple(sorted(found, key=lambda one: (sections.index(one.section), one.advanced)))


def declared_settings() -> dict[str, int]:
    """The parameters of an instance that say how it works, with their types."""
    return {one.name: one.type for one in declared_parameters() if not one.signs_in}


def declared(name: str) -> DeclaredCommand | None:
    """A command by its full or its short name."""
    return declared_commands().get(name.removeprefix(PREFIX))


def _command(raw: dict[str, Any]) -> DeclaredCommand:
    arguments = [
        argument for argument in raw.get("arguments") or () if not (argument.get("hidden") or argument.get("deprecated"))
    ]
    return DeclaredCommand(
        name=raw["name"],
        description=raw.get("description", ""),
        arguments=tuple(_argument(argument) for argument in arguments),
        outputs=tuple(output["contextPath"] for output in raw.get("outputs") or ()),
        changes=bool(raw.get("execution")),
    )


def _argument(raw: dict[str, Any]) -> DeclaredArgument:
    return DeclaredArgument(
        name=raw["name"],
        description=raw.get("description", ""),
        required=bool(raw.get("required")),
        default=bool(raw.get("default")),
        predefined=tuple(str(value) for value in raw.get("predefined") or ()),
        is_array=bool(raw.get("isArray")),
        secret=bool(raw.get("secret")),
    )


def _parameter(raw: dict[str, Any]) -> DeclaredParameter:
    secret = raw.get("displaypassword", "")
    return DeclaredParameter(
        name=raw["name"],
        display=secret or raw["display"],
        user=raw["display"] if secret and not raw.get("hiddenusername") else "",
        type=int(raw["type"]),
        required=bool(raw.get("required")),
        default=str(raw.get("defaultvalue", "")),
        section=raw["section"],
        advanced=bool(raw.get("advanced")),
        hint=raw.get("additionalinfo", ""),
        options=tuple(raw.get("options") or ()),
    )
