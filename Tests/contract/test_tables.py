"""What a person sees of every line of the catalogue: headings, width, and what was typed wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from local_xsoar import CommandRun, Integration
from local_xsoar.render import render_entry
from rich.console import Console

from contract.commands import Case, cases
from contract.traffic import Traffic

WIDTH = 120
HEADING = re.compile(r"[A-Z][A-Za-z]*(?: [A-Za-z]+| \([A-Za-z, ]+\))*")
CAMEL_CASE = re.compile(r"[a-z][A-Z]")
MISTYPED, UNKNOWN = "SN-MISTYPED", "c0ffee00-1111-4222-8333-999999999999"
# They name devices by UID alone.
BY_UID = ("device_ids", "device_uids", "device_uid", "device_id")


def tables(text: str) -> Iterator[list[str]]:
    """The headings of each table."""
    lines = text.splitlines()
    yield from (lines[at - 1].strip("|").split("|") for at, line in enumerate(lines) if line.startswith("|---"))


def readable(run: CommandRun) -> Iterator[str]:
    yield from (str(entry["HumanReadable"]) for entry in run.entries if entry.get("HumanReadable"))


def test_headings_are_words_in_one_style(traffic: Traffic) -> None:
    found = {
        (run.case.command, heading)
        for run in traffic.runs
        for text in readable(run.result)
        for one in tables(text)
        for heading in one
    }
    wrong = {one for one in found if not HEADING.fullmatch(one[1]) or CAMEL_CASE.search(one[1])}
    assert len(found) > 200
    assert sorted(wrong) == []


def test_the_uid_of_a_device_stands_last(traffic: Traffic) -> None:
    found = {(run.case.command, *one) for run in traffic.runs for text in readable(run.result) for one in tables(text)}
    assert sorted(one for one in found if "Device UID" in one[:-1]) == []


def test_tables_fit_a_terminal_of_120_columns(traffic: Traffic) -> None:
    """A table that does not is written out row by row, and has no head."""
    wide = set()
    for run in traffic.runs:
        for entry in run.result.entries:
            shown, expected = rendered(entry), len([*tables(str(entry.get("HumanReadable") or ""))])
            assert max(map(len, shown.splitlines()), default=0) <= WIDTH
            if shown.count("┏") < expected:
                wide.add((run.case.command, *next(tables(str(entry["HumanReadable"])))))
    assert sorted(wide) == []


def rendered(entry: dict) -> str:
    shown = io.StringIO()
    console = Console(width=WIDTH, file=shown, force_terminal=False)
    seen = render_entry(entry)
    if seen is not None:
        console.print(seen)
    return shown.getvalue()


# What was typed wrong -------------------------------------------------------------------------------------------------


def naming_devices(integration: Integration) -> Iterator[tuple[Case, str]]:
    """The simplest line of every command that takes devices, and the argument that names them."""
    simplest = {case.command: case for case in reversed([*cases(integration)])}
    for name, command in integration.commands.items():
        argument = "serial_numbers" if "serial_numbers" in command.by_name else ""
        argument = argument or next((one for one in BY_UID if one in command.by_name and command.by_name[one].is_array), "")
        if argument and name in simplest:
            yield simplest[name].without("targets", "polling", *BY_UID, "device_names", "serial_numbers", "request_uid"), argument


@pytest.mark.parametrize("beside", [True, False], ids=["beside a device", "alone"])
def test_a_mistyped_device_is_named(beside: bool, integration: Integration, traffic: Traffic) -> None:
    tried, silent = set(), []
    for case, argument in naming_devices(integration):
        device = traffic.stage.tenant.devices.by_name("LAB-0001")
        wrong, right = (MISTYPED, device["serialNumber"]) if argument == "serial_numbers" else (UNKNOWN, device["deviceUid"])
        if "dry_run" in integration.commands[case.command].by_name:
            case = case.having(dry_run="true")
        run = traffic.stage.run(case.having(**{argument: f"{right},{wrong}" if beside else wrong})).result
        said = (run.error or "") + "".join(readable(run))
        tried.add(case.command)
        if wrong not in said:
            silent.append((case.command, said[:300]))
    assert len(tried) > 20
    assert silent == []
