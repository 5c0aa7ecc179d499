"""What the papers may name because it exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import click
from command_line.program import absolute as program
from local_absolute.permissions import Permission
from pack_files import INTEGRATION, PACK, ROOT, manifest, read_item

CODE = ("*.py", "Makefile", "*.toml", ".ci/run")
# Where a path that is named may begin: the repository, the modules that `make` puts on PYTHONPATH, the integration.
BASES = (
    ROOT,
    ROOT / "Utils",
    ROOT / "Tests",
    ROOT / "Tests" / "campaigns",
    ROOT / "Packs" / "ApiModules" / "Scripts",
    PACK,
    INTEGRATION,
)
# Words of Absolute's console (its help: "Creating API tokens") and of the platform.
CONSOLE = frozenset({"Settings", "API management", "Create API token", "Manage", "Geolocation", "Test", "Do not use by default"})


@cache
def commands() -> dict[str, frozenset[str]]:
    """The commands, each with its arguments."""
    listed = manifest()["script"]["commands"]
    return {command["name"]: frozenset(one["name"] for one in command.get("arguments", ())) for command in listed}


@cache
def parameters() -> frozenset[str]:
    """The names of the instance's parameters as the form shows them."""
    shown = [one.get(key) for one in manifest()["configuration"] for key in ("display", "displaypassword")]
    return frozenset(name.partition(" (")[0] for name in shown if name)


@cache
def make_targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@cache
def content_names() -> frozenset[str]:
    """The names of everything in the pack that has one: playbooks, rules, widgets, incident types."""
    found = set()
    for path in PACK.rglob("*"):
        if path.suffix in (".yml", ".json") and "test_data" not in path.parts:
            item = read_item(path)
            facts = item[0] if isinstance(item, list) and item else item
            if isinstance(facts, dict):
                found |= {facts[key] for key in ("name", "id", "widget_name") if isinstance(facts.get(key), str)}
    return frozenset(found)


@cache
def own_names() -> frozenset[str]:
    """Those that begin with the pack's."""
    return frozenset(name for name in content_names() if "Absolute - " in name)


@cache
def shown_in_italics() -> frozenset[str]:
    """What the pack's papers may set in italics: names of its forms, inputs, commands and outputs; and of Absolute's console."""
    outputs = {one["contextPath"] for command in manifest()["script"]["commands"] for one in command.get("outputs") or ()}
    parts = {".".join(path.split(".")[:end]) for path in outputs for end in range(2, path.count(".") + 2)}
    arguments = {argument for command in commands().values() for argument in command}
    options = {option for one in manifest()["configuration"] for option in one.get("options") or ()}
    objects = {permission.value.partition(" ")[2] for permission in Permission}
    last = {path.rpartition(".")[2] for path in outputs}
    playbooks = [read_item(path) for path in PACK.glob("Playbooks/*.yml")]
    inputs = {one["key"] for playbook in playbooks for one in playbook["inputs"]}
    return parameters() | inputs | content_names() | parts | last | arguments | options | objects | CONSOLE


@cache
def program_options(command: str) -> frozenset[str] | None:
    """The options of a command of `absolute`, None when there is no such command."""
    found = program.get_command(click.Context(program), command)
    if found is None:
        return None
    return frozenset({option for param in found.params for option in param.opts} | {"--help"})


@cache
def upper_case_names() -> frozenset[str]:
    """Names such as ABSOLUTE_URL in our code, and in the constants of demisto-sdk."""
    spec = find_spec("demisto_sdk")
    folders = spec.submodule_search_locations if spec else None
    of_sdk = [Path(folder, "commands", "common", "constants.py") for folder in folders or ()]
    files = [*of_sdk, *(path for pattern in CODE for path in ROOT.glob(pattern))]
    files += [*ROOT.glob("Packs/**/*.xif"), *ROOT.glob("Utils/**/*.py"), *ROOT.glob("Tests/**/*.py"), *ROOT.glob("Packs/**/*.py")]
    files = [path for path in files if path.parent.name != "papers"]
    mentioned: set[str] = set()
    for path in files:
        mentioned |= set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", path.read_text(encoding="utf-8")))
    return frozenset(mentioned)


@cache
def operations() -> frozenset[str]:
    """The operations of the API, such as `GET /v3/reporting/devices`."""
    return frozenset(re.findall(r"`([A-Z]+ /v3[^`]*)`", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))


@cache
def messages() -> tuple[str, ...]:
    """The texts of the integration and its modules, with … for what they get from outside."""
    files = [INTEGRATION / "Absolute.py", *ROOT.glob("Packs/ApiModules/Scripts/*/*ApiModule.py")]
    tree = ast.parse("\n".join(path.read_text(encoding="utf-8") for path in files))
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
            found.append("".join(parts))
    return tuple(found)
