"""Which of the tenant's instances a command runs on.

Without `using` it runs on every enabled instance whose integration has it, unless that is used on demand alone ("Do not use by
default"). Sources: "Common arguments" of the CLI, "Add an integration instance", and the public playbooks whose input
SendMailInstance goes to `using`: "In case it will be empty, all available instances will be used".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local_xsoar.command_line import CommandLineError, listed
from local_xsoar.integration import Command, Integration
from local_xsoar.server import Instance
from local_xsoar.suggestion import did_you_mean

USING, USING_BRAND = "using", "using-brand"
INSTANCE_ARGUMENTS = {USING, USING_BRAND}
BUILT_IN_COMMANDS = ("test-module", "fetch-incidents", "fetch-events")  # run by the server, not declared in the manifest


@dataclass
class Instances:
    """The instances of a tenant, in the order in which they were added."""

    all: list[Instance] = field(default_factory=list)

    @property
    def integrations(self) -> list[Integration]:
        return list({instance.integration.id: instance.integration for instance in self.all}.values())

    @property
    def modules(self) -> list[dict[str, str]]:
        """As `modules` of a playbook and getModules() of a script hold them."""
        return [
            {
                "name": one.name,
                "brand": one.integration.id,
                "category": one.integration.category,
                "state": one.state,
                "defaultIgnored": "false" if one.by_default else "true",
            }
            for one in self.all
        ]

    def add(self, instance: Instance) -> None:
        """Raises ValueError when an instance has this name already: names are unique over all integrations."""
        if any(one.name == instance.name for one in self.all):
            raise ValueError(f"There is an instance {instance.name} already.")
        self.all.append(instance)

    def command(self, name: str) -> Command:
        """As the first integration that has it declares it. Raises CommandLineError when none has it."""
        having = [one for one in self.integrations if has_command(one, name)]
        if not having:
            displays = " and ".join(one.display for one in self.integrations)
            names = [command.name for one in self.integrations for command in one.commands.values() if not command.hidden]
            raise CommandLineError(f"{displays} has no command {name}.{did_you_mean(name, names)}")
        return declared(having[0], name)

    def enabled(self, name: str, brand: str = "") -> list[Instance]:
        """The enabled instances that have the command."""
        return [one for one in self.all if one.is_enabled and has_command(one.integration, name) and brand in ("", one.brand)]

    def chosen(self, name: str, args: dict[str, Any], on_demand: bool) -> list[Instance]:
        """Where the command runs. `args` may hold `using` and `using-brand`: one name, or several with commas.

        `on_demand`: also on instances that are not used by default. Raises CommandLineError when there is none.
        """
        self.command(name)
        brands, names = listed(args.get(USING_BRAND)), listed(args.get(USING))
        if names:  # an instance that is named twice runs once
            return [self._named(one, name, brands) for one in dict.fromkeys(names)]
        enabled = [one for one in self.enabled(name) if not brands or one.brand in brands]
        if not enabled:
            having = " or ".join(one.display for one in self.integrations if has_command(one, name))
            raise CommandLineError(f"No instance of {', '.join(brands) or having} is enabled.")
        by_default = [one for one in enabled if one.by_default or on_demand or name in BUILT_IN_COMMANDS]
        if not by_default:
            raise CommandLineError(f"No instance that has {name} is used by default. Name one: using={enabled[0].name}.")
        return by_default

    def _named(self, wanted: str, command: str, brands: Iterable[str]) -> Instance:
        found = next((one for one in self.all if one.name == wanted), None)
        if found is None:
            raise CommandLineError(f"There is no instance {wanted}, but {', '.join(one.name for one in self.all)}.")
        if not has_command(found.integration, command):
            raise CommandLineError(f"The instance {wanted} has no command {command}: it is one of {found.integration.display}.")
        if brands and found.brand not in brands:
            raise CommandLineError(f"The instance {wanted} is none of {', '.join(brands)}, but of {found.brand}.")
        if not found.is_enabled:
            raise CommandLineError(f"The instance {wanted} is disabled.")
        return found


def has_command(integration: Integration, name: str) -> bool:
    return name in integration.commands or name in BUILT_IN_COMMANDS


def declared(integration: Integration, name: str) -> Command:
    """As the manifest declares it; the server's own take no arguments. Raises CommandLineError when it is not there."""
    if not has_command(integration, name):
        raise CommandLineError(f"{integration.display} has no command {name}.")
    return integration.commands.get(name) or Command(name)
