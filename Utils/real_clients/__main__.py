"""python -m real_clients: see the package."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from real_clients import __doc__ as description
from real_clients.existing_pack import run_pack
from real_clients.mcp_server import run_server
from real_clients.outcome import Outcome
from real_clients.signing_samples import found_programs, run_samples
from real_clients.singer_tap import run_tap

NEEDS = {
    "signing samples": "--document: the vendor's OpenAPI document with its prose (the MCP server has it as tests/openapi.json); "
    "--python: a Python with authlib and requests; --node-modules: a folder with jsrsasign; bash, jq, curl, openssl",
    "Singer tap": "--tap: a checkout of github.com/Slalom-Consulting/tap-absolute-software; "
    "--tap-python: a Python with singer-sdk and authlib",
    "existing pack": "--pack: the folder Packs/Absolute of the pack in the marketplace, as github.com/metron-labs/content has it",
    "MCP server": "--mcp: a checkout of github.com/AbsoluteSoftware/secure-endpoint-mcp-server; "
    "--mcp-python: a Python with what its uv.lock names",
}


def main() -> int:
    options = _arguments()
    with tempfile.TemporaryDirectory(prefix="real-clients-") as folder:
        runs = _runs(options, Path(folder))
        for client in [name for name in NEEDS if name not in runs]:
            print(f"{client}: not run. It needs {NEEDS[client]}\n")
        outcomes = list(chain.from_iterable(runs.values()))
    for outcome in outcomes:
        print(report(outcome))
    return 1 if any(outcome.problems or outcome.refused for outcome in outcomes) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m real_clients", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--document", type=Path, help="the vendor's OpenAPI document, with its prose")
    parser.add_argument("--python", default="", help="a Python that has authlib and requests, for the samples")
    parser.add_argument("--node-modules", default="", help="a folder that has jsrsasign, for the samples")
    parser.add_argument("--tap", type=Path, help="a checkout of tap-absolute-software")
    parser.add_argument("--tap-python", default="", help="a Python that has its dependencies")
    parser.add_argument("--pack", type=Path, help="the folder Packs/Absolute of the existing pack")
    parser.add_argument("--mcp", type=Path, help="a checkout of secure-endpoint-mcp-server")
    parser.add_argument("--mcp-python", default="", help="a Python that has its dependencies")
    return parser.parse_args()


def _runs(options: argparse.Namespace, folder: Path) -> dict[str, Iterator[Outcome]]:
    runs: dict[str, Iterator[Outcome]] = {}
    if options.document:
        programs = found_programs(options.python, options.node_modules)
        runs["signing samples"] = run_samples(options.document.resolve(), programs, options.node_modules, folder)
    if options.tap and options.tap_python:
        runs["Singer tap"] = run_tap(options.tap.resolve(), options.tap_python, folder)
    if options.pack:
        runs["existing pack"] = run_pack(options.pack.resolve(), folder)
    if options.mcp and options.mcp_python:
        runs["MCP server"] = run_server(options.mcp.resolve(), options.mcp_python, folder)
    return runs


def report(outcome: Outcome) -> str:
    """What the client said, what its calls got (the same ones once), and what should have been otherwise."""
    got = Counter(
        (call.status, f"{call.method} {call.path}", call.query if len(call.query) < 100 else "…") for call in outcome.calls
    )
    lines = [
        f"  {status or 'reset'}  {call}{'?' if query else ''}{query}{f'  ×{times}' if times > 1 else ''}"
        for (status, call, query), times in got.items()
    ]
    problems = [f"  PROBLEM: {problem}" for problem in outcome.problems]
    return "\n".join([outcome.client, f"  {outcome.said}", *lines, *problems, ""])


if __name__ == "__main__":
    sys.exit(main())
