"""Where servers differ, or their documents leave open what a server does: a playbook has to be right under each answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Product = Literal["xsoar", "xsiam"]
PRODUCTS: tuple[Product, ...] = ("xsoar", "xsiam")
Deadline = Literal["no answers", "stays open", "first option", "yes", "empty answers"]


@dataclass(frozen=True)
class Behaviour:
    """One server. The default values are what the newest documents say, where they say something.

    Attributes:
        product: Decides what an incident is called in values and commands (see playbooks/products.py).
        on_demand_in_playbooks: Whether a playbook's command without `using` runs on instances with "Do not use by default"
            too. Version 6 does so unless its server configuration `ignore.default.in.playbooks` is true ("Playbook Server
            Configurations", 6.12); newer versions use an instance that is "On Demand" only where `using` names it, "in a
            playbook or the CLI" ("Add an integration instance").
        deadline: What becomes of a question with `completeaftersla: true` when its time is over without an answer. For a data
            collection task the option is greyed out in newer editors ("Create a communication task"), an Ask task goes on
            "according to the Yes condition" in the example there. So: it is complete without answers; it stays open for ever;
            each selection takes its first option; each selection takes its option that begins with "yes", as an Ask does; it
            is complete and each answer is there and empty. An Ask takes its way out with "yes" under "no answers" and "empty
            answers" too: it has no way for nothing.
        sleep_timeout: Seconds after which the script Sleep fails, None for never. It is a scheduled command from version 8 on;
            before, it is a script that waits, and such end after `timeout: 1h40m0s` (Sleep.js and Sleep.yml of CommonScripts).
        loop_repeats_single_values: "For Each Input" gives a single value to every round ("Configure a sub-playbook loop" of
            XSIAM), or to the first one alone (the same page of the 6.9 Administrator Guide).
        seed: Branches that go on at the same time take turns after every task, in an order that this number decides: each
            number shows other races. With None the branch that stands first goes on until it waits.
    """

    product: Product = "xsoar"
    on_demand_in_playbooks: bool = False
    deadline: Deadline = "no answers"
    sleep_timeout: int | None = None
    loop_repeats_single_values: bool = True
    seed: int | None = None

    @property
    def version(self) -> str:
        """As scripts are told it."""
        return "6.12.0" if self.on_demand_in_playbooks else "8.9.0"


NEWEST = Behaviour()
VERSION_6 = Behaviour(on_demand_in_playbooks=True, sleep_timeout=6000, loop_repeats_single_values=False)
