"""Where servers differ, or their documents leave open what a server does: a playbook has to be right under each answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """One server. The default values are what the newest documents say.

    Attributes:
        on_demand_in_playbooks: Whether a playbook's command without `using` runs on instances with "Do not use by default"
            too. Version 6 does so unless its server configuration `ignore.default.in.playbooks` is true ("Playbook Server
            Configurations", 6.12); newer versions use an instance that is "On Demand" only where `using` names it, "in a
            playbook or the CLI" ("Add an integration instance").
    """

    on_demand_in_playbooks: bool = False


NEWEST = Behaviour()
VERSION_6 = Behaviour(on_demand_in_playbooks=True)
