"""What an integration's manifest says, read from the unified YAML."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from local_xsoar.pack import publish, unified_yamls

CHECKBOX, CREDENTIALS = 8, 9  # parameter types of the manifest


@dataclass(frozen=True)
class Argument:
    name: str
    description: str = ""
    required: bool = False
    default: bool = False  # takes the value that is typed without a name
    default_value: str | None = None
    predefined: tuple[str, ...] = ()
    is_array: bool = False
    hidden: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Command:
    """One command of the manifest. `outputs` are context paths, `execution` marks the potentially harmful ones."""

    name: str
    description: str = ""
    arguments: tuple[Argument, ...] = ()
    outputs: tuple[str, ...] = ()
    execution: bool = False
    deprecated: bool = False
    hidden: bool = False

    @cached_property
    def by_name(self) -> dict[str, Argument]:
        return {argument.name: argument for argument in self.arguments}


@dataclass(frozen=True)
class Integration:
    """An integration as the platform has it after installation. `default_params` are those of an instance in which nothing was
    typed."""

    id: str
    display: str
    docker_image: str
    script_path: Path  # the unified script; tracebacks and coverage point into this file
    commands: dict[str, Command] = field(default_factory=dict)
    default_params: dict[str, Any] = field(default_factory=dict)
    category: str = ""


def load_integration(folder: str | os.PathLike[str]) -> Integration:
    """The integration in `folder` (`Packs/<Pack>/Integrations/<Name>`), prepared by `demisto-sdk prepare-content`.

    Raises FileNotFoundError when the folder holds no manifest and PrepareContentError when the SDK refuses it.
    """
    manifest, script_path = read_unified(Path(folder), lambda manifest: manifest["script"]["script"])
    return Integration(
        id=manifest["commonfields"]["id"],
        display=manifest["display"],
        docker_image=manifest["script"].get("dockerimage", ""),
        script_path=script_path,
        commands={raw["name"]: _command(raw) for raw in manifest["script"].get("commands") or []},
        default_params={raw["name"]: _default(raw) for raw in manifest.get("configuration") or []},
        category=manifest.get("category", ""),
    )


def read_unified(folder: Path, code: Callable[[dict[str, Any]], str]) -> tuple[dict[str, Any], Path]:
    """The unified manifest of `folder`, and the file that holds the code that `code` finds in it."""
    [unified] = unified_yamls(folder.resolve())
    manifest = yaml.load(unified.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # it is a safe one
    script_path = unified.with_suffix(".py")
    if not script_path.is_file():
        publish(script_path, code(manifest))
    return manifest, script_path


def _command(raw: dict[str, Any]) -> Command:
    return Command(
        name=raw["name"],
        description=raw.get("description", ""),
        arguments=tuple(read_argument(argument) for argument in raw.get("arguments") or []),
        outputs=tuple(output["contextPath"] for output in raw.get("outputs") or []),
        execution=bool(raw.get("execution")),
        deprecated=bool(raw.get("deprecated")),
        hidden=bool(raw.get("hidden")),
    )


def read_argument(raw: dict[str, Any]) -> Argument:
    default_value = raw.get("defaultValue")
    return Argument(
        name=raw["name"],
        description=raw.get("description", ""),
        required=bool(raw.get("required")),
        default=bool(raw.get("default")),
        default_value=None if default_value is None else str(default_value),
        predefined=tuple(str(value) for value in raw.get("predefined") or ()),
        is_array=bool(raw.get("isArray")),
        hidden=bool(raw.get("hidden")),
        secret=bool(raw.get("secret")),
    )


def _default(parameter: dict[str, Any]) -> Any:
    if int(parameter["type"]) == CHECKBOX:
        return str(parameter.get("defaultvalue")).lower() == "true"
    if int(parameter["type"]) == CREDENTIALS:
        return {"identifier": "", "password": "", "credentials": {}}
    return parameter.get("defaultvalue")
