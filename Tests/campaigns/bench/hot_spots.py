"""Where the time of one command goes, as cProfile sees it in a process of the command's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_xsoar import command_line, load_integration
from local_xsoar.context import Context
from pack_files import INTEGRATION

from bench.process import answer_to, command_task, tenant
from bench.report import table

DEVICES = 2000
SHOWN = 25
# What a function stands for, by the end of its file and its name; "own" leaves out what it calls.
PHASES = (
    ("loading libraries", "importlib._bootstrap>", "_find_and_load", "total"),
    ("compiling code that was not compiled before", "~", "<built-in method builtins.compile>", "own"),
    ("the command itself", "Absolute.py", "main", "total"),
    ("- waiting for answers", "~", "<method 'recv_into' of '_socket.socket' objects>", "own"),
    ("- signing", "Absolute.py", "build_jws", "total"),
    ("- reading JSON", "Absolute.py", "read_json", "total"),
    ("- the war-room table", "Absolute.py", "table", "total"),
    ("- giving the result back as JSON", "json/__init__.py", "dump", "total"),
)


def profiled(script: Path, line: str) -> str:
    """The report on one war-room command that is run on a local tenant."""
    name, typed = command_line.parse(line)
    command = load_integration(INTEGRATION).commands[name]
    args = command_line.complete(command, command_line.bind(command, typed, Context()))
    with tenant(devices=DEVICES) as account:
        found = answer_to("run_profile", command_task(script, account.params(), name, args))
    functions, seconds = found["functions"], found["seconds"]
    phases = [(phase, _seconds_of(functions, file, called, field)) for phase, file, called, field in PHASES]
    own_code = [function for function in functions if function["file"].endswith(script.name)]
    return "\n\n".join(
        [
            f"`{line}` on a tenant of {DEVICES:,} devices: {seconds:.2f} s under the profiler, {found['rows']} rows.",
            table(["phase", "time", "share"], [[phase, f"{took:.3f} s", f"{took / seconds:.0%}"] for phase, took in phases]),
            _functions("functions by their own time", "own", functions),
            _functions("functions of the integration, by time with what they call", "total", own_code),
        ]
    )


def _seconds_of(functions: list[dict[str, Any]], file: str, name: str, field: str) -> float:
    return sum(one[field] for one in functions if one["file"].endswith(file) and one["name"] == name)


def _functions(title: str, order: str, functions: list[dict[str, Any]]) -> str:
    first = sorted(functions, key=lambda function: -function[order])[:SHOWN]
    return table(
        [title, "calls", "own time", "with callees"],
        [[_label(one), f"{one['calls']:,}", f"{one['own']:.3f} s", f"{one['total']:.3f} s"] for one in first],
    )


def _label(function: dict[str, Any]) -> str:
    place = f"{Path(function['file']).name}:{function['line']} " if function["line"] else ""
    return f"{place}{function['name']}".replace("|", "\\|")
