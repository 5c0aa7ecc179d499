"""Fixtures: the vendor's document, and everything that the commands sent and got. What needs an absent document is skipped."""

from collections.abc import Iterator

import pytest
from local_xsoar import Integration, PlatformModules

from contract.commands import Case
from contract.document import Document, DocumentedOperation, read_document
from contract.operations import COVER_NOTHING
from contract.traffic import Traffic, played


@pytest.fixture(scope="session")
def document() -> Document:
    try:
        return read_document()
    except FileNotFoundError as absent:
        raise pytest.skip.Exception(str(absent)) from None


@pytest.fixture(scope="session")
def traffic(integration: Integration, platform_modules: PlatformModules) -> Iterator[Traffic]:
    """Every command line, run once."""
    with played(integration, platform_modules) as found:
        yield found


@pytest.fixture(scope="session")
def leading_to(document: Document, traffic: Traffic) -> dict[DocumentedOperation, Case]:
    """By operation the case that calls it with the fewest other calls."""
    found: dict[DocumentedOperation, Case] = {}
    for run in sorted(traffic.runs, key=lambda run: len(run.exchanges)):
        if run.case.command not in COVER_NOTHING:
            called = (document.find(exchange.method, exchange.path) for exchange in run.exchanges)
            found = {**{one[0]: run.case for one in called if one is not None}, **found}
    return found
