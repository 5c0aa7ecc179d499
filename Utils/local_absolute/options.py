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
    A `pageSize` over `largest_page` is refused, also where the document allows more; None = as the document has it.
    """

    unknown_parameters: Literal["ignore", "reject"] = "ignore"
    spelling: Literal["lenient", "documented"] = "lenient"
    case_sensitive: bool = False
    doubled_quotes: Literal["reject", "escape"] = "reject"
    largest_page: int | None = None

    @property
    def lenient(self) -> bool:
        return self.spelling == "lenient"


@dataclass(frozen=True)
class ListOptions:
    """How lists are answered.

    `last_page`: nothing in its metadata, an empty `pagination`, or ("repeated cursor") a cursor like any other page, after
    which comes an empty page that tells that same cursor again.
    `empty`: an empty list is an answer (200), or there is none (204).
    `unpermitted`: a token without the permission to read gets 403, or ("empty") a list without rows.
    `cursors`: a cursor stands behind the last row given ("key"), or counts the rows given ("offset"), so that what comes or
    goes between two pages moves rows from one to the other.
    `lag`: for so long after a write, in tenant time, lists show what they showed before it; none = at once.
    """

    last_page: Literal["no pagination", "empty pagination", "repeated cursor"] = "no pagination"
    empty: Literal[200, 204] = 200
    unpermitted: Literal["refused", "empty"] = "refused"
    cursors: Literal["key", "offset"] = "key"
    lag: timedelta = timedelta()


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
class RecordOptions:
    """How device records spell what the document leaves open.

    `full_system_name`: with the domain before the name, or as the one real value that was seen.
    `serial_numbers`: plain, or ("moved") every second one, beginning with the first device's, with `_Moved` behind it.
    `encryption_codes`: those of the document, or ("undocumented") USENCR for what is encrypted and an empty text for what is not.
    """

    full_system_name: Literal["DOMAIN\\NAME", "NAME.WORKGROUP"] = "DOMAIN\\NAME"
    serial_numbers: Literal["plain", "moved"] = "plain"
    mac_addresses: Literal["colons", "dashes", "dots", "0x"] = "colons"
    encryption_codes: Literal["documented", "undocumented"] = "documented"


@dataclass(frozen=True)
class CustomFieldOptions:
    """The document does not say when a written value can be read (the call is "accepted"), nor what becomes of a field
    that was set to an empty value."""

    write_delay: timedelta = timedelta()
    cleared: Literal["absent", "empty"] = "absent"


@dataclass(frozen=True)
class SiemOptions:
    """How the API behaves where that is not published.

    `order` is that of the rows in a walk through the pages, which the API does not promise.
    `cursors`: a walk shows the log as it was when it began, but for what passes its retention meanwhile ("snapshot"); or each
    page shows the log as it is then. It has the rows behind the last one given ("key", in the sorted orders only), or those
    after so many ("offset": what arrives or passes its retention moves the others between the pages, and a shuffled walk is
    mixed anew).
    `timestamps` is how times are written. The console says that events of devices can be recorded up to 15 minutes, those of
    its users up to a minute after they happened; zero = at once. `when_off` is what a call gets while the integration is
    switched off.
    """

    order: Order = "shuffled"
    cursors: Literal["snapshot", "offset", "key"] = "snapshot"
    timestamps: Spelling = "milliseconds"
    longest_device_delay: timedelta = timedelta(minutes=15)
    longest_console_delay: timedelta = timedelta(minutes=1)
    when_off: Literal["refused", "empty"] = "refused"

    def __post_init__(self) -> None:
        if self.cursors == "key" and self.order == "shuffled":
            raise ValueError("rows that are in no order have no key")


@dataclass(frozen=True)
class Options:
    """Everything that can be chosen about a tenant."""

    query: QueryOptions = field(default_factory=QueryOptions)
    lists: ListOptions = field(default_factory=ListOptions)
    records: RecordOptions = field(default_factory=RecordOptions)
    # An account with Firmware Freeze shows "Frozen at OS" for on-demand freezes of Windows devices. How the API writes that is
    # not known: the words are new and the status code is not ("named"), or both are ("coded").
    firmware_freeze: Literal["off", "named", "coded"] = "off"
    issued_at: IssuedAtWindow = field(default_factory=IssuedAtWindow)
    # The document shows one bare object where Endpoint Data Discovery lists.
    data_discovery: Literal["list", "object"] = "list"
    # What a move between policy groups answers: its UID, or nothing.
    policy_group_move: Literal[200, 202] = 200
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
