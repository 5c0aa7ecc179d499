"""The table of all operations of the API and of what covers each, docs/operations.md."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from pack_files import ROOT

from contract.document import Document, DocumentedOperation
from contract.traffic import FETCHES, Exchange

TABLE = ROOT / "docs" / "operations.md"
# One makes a read of each kind to see what a token may do, test-module one to see whether it may do anything; and one sends
# whatever it is told.
COVER_NOTHING = ("absolute-token-permissions-get", "test-module", "absolute-api-request")
OTHERWISE = "`absolute-api-request`"
# Why no command sends it, not even the one for any operation.
NOT_WANTED = {
    "PATCH /v3/configurations/agents/settings": "it concerns the agents of all devices at once",
    "POST /v3/configurations/custom-data-collector/configs": "which devices it concerns cannot be told",
    "PUT /v3/configurations/custom-data-collector/configs/{cdcConfigurationUid}": "which devices it concerns cannot be told",
    "DELETE /v3/configurations/custom-data-collector/configs/{cdcConfigurationUid}": "which devices it concerns cannot be told",
    "POST /v3/partners/validate-webservice/authblob": "it is for partners of the vendor",
    "POST /v3/partners/validate-webservice/message-sign": "it is for partners of the vendor",
}
HEAD = """# Operations of the Absolute API v3

Each operation of the vendor's OpenAPI document of June 2025, and the commands that call it. *fetch* stands for fetched incidents
and events. `absolute-token-permissions-get`, which tries one read of each kind, is left out. What no command of its own sends,
`absolute-api-request` reaches, if the instance allows it: reads, and changes whose devices can all be told.

The live API is larger than this document: in September 2026 it had 137 operations, among them those for geolocation, geofences,
users, roles, tokens, action thresholds and application resilience, whose paths are published nowhere. `absolute-api-request`
reaches them too, under the same conditions.

`python -m contract table`, in `Tests`, makes this file from what the commands send to the local tenant.
"""


def markdown_table(document: Document, exchanges: Iterable[Exchange]) -> str:
    """The whole file: one table per group, in the order of the vendor's navigation, and last what is not part of that."""
    covering = callers(document, exchanges)
    public = [tag for part in document.content["x-tagGroups"] for tag in part["tags"]]

    def place(operation: DocumentedOperation) -> tuple[int, str, str]:
        group = operation.group
        return (public.index(group) if group in public else len(public), group, operation.path)

    reached = {one for one, names in covering.items() if not names and str(one) not in NOT_WANTED}
    counted = f"{sum(map(bool, covering.values()))} of {len(covering)} operations have commands"
    lines = [f"{counted}, {len(reached)} more are reached by {OTHERWISE}."]
    for group, members in groupby(sorted(covering, key=place), key=lambda operation: operation.group):
        title = group if group in public else f"{group} (outside the vendor's navigation)"
        lines += ["", f"## {title}", "", "| operation | covered by |", "| --- | --- |"]
        lines += [f"| `{one}` | {', '.join(covering[one]) or otherwise(one)} |" for one in members]
    return "\n".join([HEAD, *lines, ""])


def otherwise(operation: DocumentedOperation) -> str:
    """What is said of an operation that no command of its own calls."""
    why = NOT_WANTED.get(str(operation))
    return f"not wanted: {why}" if why else OTHERWISE


def callers(document: Document, exchanges: Iterable[Exchange]) -> dict[DocumentedOperation, list[str]]:
    """By operation what calls it, as the table shows it."""
    found: dict[DocumentedOperation, set[str]] = {operation: set() for operation in document.operations}
    taking_devices = set()
    for exchange in exchanges:
        called = document.find(exchange.method, exchange.path)
        if called and exchange.case.command not in COVER_NOTHING:
            found[called[0]].add(exchange.case.command)
        if "serial_numbers" in exchange.case.args:
            taking_devices.add(exchange.case.command)
    return {operation: readable(names, taking_devices) for operation, names in found.items()}


def readable(names: set[str], taking_devices: set[str]) -> list[str]:
    """In short what fetches and what finds the devices of all commands; then the other commands in alphabetical order."""
    said = ["*fetch*"] if names.intersection(FETCHES.values()) else []
    rest = names.difference(FETCHES.values())
    if taking_devices and taking_devices <= rest:
        said, rest = [*said, "every command that takes devices"], rest - taking_devices
    return [*said, *(f"`{name}`" for name in sorted(rest))]
