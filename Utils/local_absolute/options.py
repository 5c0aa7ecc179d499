"""How the tenant behaves where the real API's behaviour is not published, or differs between accounts.

All choices stand here and nowhere else: tests choose, and clients must live with all of them. What each choice rests on
stands in docs/local-tenant.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from .event_log import Order
from .events import Spelling


@dataclass(frozen=True)
class QueryOptions:
    """How the values of a call are read, in its query string and in its body.

    `unknown_parameters` of a query string are ignored by the real API, as working clients show. With the `spelling`
    "lenient" a value may be spelt as those clients spell it, with "documented" only as the document has it
    (docs/local-tenant.md lists the spellings). `doubled_quotes` is what '' means within a quoted value of a filter expression.
    """

    unknown_parameters: Literal["ignore", "reject"] = "ignore"
    spelling: Literal["lenient", "documented"] = "lenient"
    case_sensitive: bool = False
    doubled_quotes: Literal["reject", "escape"] = "reject"

    @property
    def lenient(self) -> bool:
        return self.spelling == "lenient"


@dataclass(frozen=True)
class IssuedAtWindow:
    """How far issuedAt may lie from the host's clock, in seconds. The vendor publishes no figure; clients that send
    one minute ahead are known to work."""

    past: float = 300.0
    future: float = 90.0

    def contains(self, issued_at_ms: int, host_time: float) -> bool:
        age = host_time - issued_at_ms / 1000
        return -self.future <= age <= self.past


@dataclass(frozen=True)
class CustomFieldOptions:
    """The document does not say when a written value can be read (the call is "accepted"), nor what becomes of a field
    that was set to an empty value."""

    write_delay: timedelta = timedelta()
    cleared: Literal["absent", "empty"] = "absent"


@dataclass(frozen=True)
class SiemOptions:
    """How the API behaves where that is not published.

    `order` is that of the rows in a walk through the pages, which the API does not promise. With `live_cursors` a cursor
    is a mere offset, so that what arrives during a walk moves rows between its pages (meant for the sorted orders: it would
    mix a shuffled walk anew); without, a walk shows the log as it was when it began. `timestamps` is how times are written.
    The console says that events of devices can be recorded up to 15 minutes, those of its users up to a minute after they
    happened; zero = at once. `when_off` is what a call gets while the integration is switched off.
    """

    order: Order = "shuffled"
    live_cursors: bool = False
    timestamps: Spelling = "milliseconds"
    longest_device_delay: timedelta = timedelta(minutes=15)
    longest_console_delay: timedelta = timedelta(minutes=1)
    when_off: Literal["refused", "empty"] = "refused"


@dataclass(frozen=True)
class Options:
    """Everything that can be chosen about a tenant."""

    query: QueryOptions = field(default_factory=QueryOptions)
    issued_at: IssuedAtWindow = field(default_factory=IssuedAtWindow)
    # In bytes of the inner query string.
    max_query_length: int = 16 * 1024
    cursor_lifetime: timedelta = timedelta(hours=24)
    # Tenant time from a cancellation that is "accepted" (202) to its effect; none = at once.
    cancel_delay: timedelta = timedelta()
    custom_fields: CustomFieldOptions = field(default_factory=CustomFieldOptions)
    siem: SiemOptions = field(default_factory=SiemOptions)


DEFAULT_OPTIONS = Options()
# Takes nothing but what the document allows, so that tests see when a client sends something else.
STRICT = Options(query=QueryOptions(unknown_parameters="reject", spelling="documented"))
