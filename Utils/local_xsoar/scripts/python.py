"""Python scripts, run in the platform's modules: those of a pack, and JsonToTable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_xsoar.demisto_api import SERVER_VERSION, Call
from local_xsoar.incidents import record
from local_xsoar.integration import Integration, read_argument, read_unified
from local_xsoar.pack import unified_yamls
from local_xsoar.scripts.script import Args, Entry, Script, ScriptCall
from local_xsoar.server import Instance

# What the server offers to scripts and to commands alike. The functions of an instance (getLastRun …) are not among it.
FUNCTIONS = {
    "command", "args", "results", "context", "investigation", "uniqueFile", "demistoVersion", "debug", "info", "error", "log",
    "is_debug", "callingContext",
}  # fmt: skip


@dataclass(frozen=True)
class PythonScript:
    """A script's file, and the default values of its arguments."""

    name: str
    path: Path
    defaults: dict[str, Any]

    def run(self, call: ScriptCall, args: Args) -> Iterator[Entry | float]:
        """Lists and objects reach a script as they are. It runs on no instance."""
        nowhere = Instance(Integration(id="", display="", docker_image="", script_path=self.path), params={})
        execution = Call(nowhere, call.investigation, self.name, {**self.defaults, **args})
        functions = {name: value for name, value in execution.server_functions().items() if name in FUNCTIONS}
        functions["callingContext"] |= {"integration": False}
        functions["demistoVersion"] = lambda: {**SERVER_VERSION, "version": call.behaviour.version}
        functions["getModules"] = lambda: {one["name"]: {key: one[key] for key in one if key != "name"} for one in call.modules}
        functions["setContext"] = call.context.set
        functions["params"] = dict
        functions["incident"] = lambda: record(call.investigation)
        functions["executeCommand"] = call.execute
        call.commands.run_python(self.path, execution, functions)
        yield from execution.entries


def load_scripts(folder: Path) -> dict[str, Script]:
    """The scripts of `Packs/<Pack>/Scripts` by name, none when there is no such folder."""
    found = [one.resolve() for one in sorted(folder.glob("*")) if (one / f"{one.name}.yml").is_file()]
    unified_yamls(*found)  # together, which is quicker than one by one
    return dict(map(_load, found))


def _load(folder: Path) -> tuple[str, Script]:
    manifest, path = read_unified(folder, lambda manifest: str(manifest["script"]))
    arguments = [read_argument(raw) for raw in manifest.get("args") or []]
    defaults = {one.name: one.default_value for one in arguments if one.default_value is not None}
    script = PythonScript(manifest["name"], path, defaults)
    return script.name, Script({one.name: one.required for one in arguments}, script.run)


SCRIPTS = {
    "JsonToTable": Script(
        {"value": False, "title": False, "headers": False},
        PythonScript("JsonToTable", Path(__file__).parent / "json_to_table.py", {}).run,
    )
}
