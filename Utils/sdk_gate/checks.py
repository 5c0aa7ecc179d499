"""The checks of the gate. Each runs one tool of demisto-sdk on a content repository and returns what it refuses."""

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local_xsoar.integration import read_unified
from local_xsoar.pack import unified_yamls
from local_xsoar.source_lines import SourceLine, source_lines
from pack_files import read_item
from xql.reading import faults

from sdk_gate.content_repository import INTEGRATION, PACK, ROOT, WRITTEN, ContentRepository, Done
from sdk_gate.side_by_side import MARK, side_by_side
from sdk_gate.values import unknown_values

MOST_TASKS = 30
TEXT_FILES = {".csv", ".html", ".json", ".md", ".py", ".txt", ".xif", ".yml"}


@dataclass(frozen=True)
class Finding:
    """Something that a tool refuses. `code` is the tool's own, such as DS108 or E9010."""

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message}"


class ToolFailedError(Exception):
    """A tool of the SDK ended without doing its work."""


def failed(done: Done) -> ToolFailedError:
    """What it printed. It may be no fault of the content: the next run tries again."""
    done.forget()
    return ToolFailedError(done.stdout + done.stderr)


def validate(repository: ContentRepository) -> list[Finding]:
    """`demisto-sdk validate` with every check of validation_config.toml (.demisto-sdk-conf names it)."""
    done = repository.run_once("demisto_sdk", "validate", "--use-git", "--json-file", f"{WRITTEN}/report.json")
    report = done.written / "report.json"
    if not report.exists():
        raise failed(done)
    results = json.loads(report.read_text())
    findings = [
        Finding(result.get("error code", "exception"), result.get("file path", str(PACK)), result["message"])
        for kind in ("validations", "invalid content items", "Validations that caught exceptions")
        for result in results[kind]
    ]
    if done.returncode and not findings:
        raise failed(done)
    return findings


def paths(repository: ContentRepository) -> list[Finding]:
    """The SDK's check of file names and places (`validate-content-path`)."""
    done = repository.run_once("demisto_sdk.scripts.validate_content_path", "validate", *map(str, repository.files()))
    refused = re.findall(r"^Invalid (.+?): (.*)$", _plain(done.stdout + done.stderr), flags=re.MULTILINE)
    if done.returncode and not refused:
        raise failed(done)
    return [Finding("path", path, message) for path, message in refused]


def lint(repository: ContentRepository) -> list[Finding]:
    """The XSOAR linter at its strictest level, warnings included, on the integration and on every script of the playbooks.

    `demisto-sdk xsoar-lint` wants docker, but what it runs are plugins of pylint. They look for the commands in vain where a
    file imports an API module: so what they see is the unified script.
    """
    integration, *scripts = (repository.folder / INTEGRATION, *sorted((repository.folder / PACK / "Scripts").iterdir()))
    unified_yamls(integration, *scripts)
    commands = [command["name"] for command in read_manifest(repository)["script"]["commands"]]
    work = [(str(_unified(folder)), commands if folder == integration else None) for folder in (integration, *scripts)]
    sources = {path: source_lines(Path(path).read_text("utf-8"), Path(path).stem) for path, _ in work}
    messages = _printed_by("sdk_gate.linter", repository, json.dumps(work), paths=(_plugins(),))
    return [Finding(code, _place(sources[path], line, Path(path).stem), message) for path, code, line, message in messages]


def _unified(folder: Path) -> Path:
    is_script = folder.parent.name == "Scripts"
    return read_unified(folder, lambda manifest: str(manifest["script"] if is_script else manifest["script"]["script"]))[1]


def _place(sources: Sequence[SourceLine | None], line: int, script: str) -> str:
    source = sources[line - 1] if 0 < line <= len(sources) else None
    return f"{source.module}.py:{source.number}" if source else f"{script}.py"


def secrets(repository: ContentRepository) -> list[Finding]:
    """`demisto-sdk secrets` on every text file: URLs, addresses, and strings as random as a key."""
    files = ",".join(str(path) for path in repository.files() if path.suffix in TEXT_FILES)
    done = repository.run_once("demisto_sdk", "secrets", "--input", files)
    found = re.findall(r"In File: (\S+)\s+Secrets? found: (.*)", _plain(done.stdout))
    if done.returncode and not found:
        raise failed(done)
    advice = "Looks random. If it is no secret, {}/.secrets-ignore takes it."
    return [Finding("secret", place, f"{text} {advice.format(Path(*Path(place).parts[:2]))}") for place, text in found]


def descriptions(repository: ContentRepository) -> list[Finding]:
    """Commands and parameters are described in sentences too: DS108 looks at their arguments and outputs only."""
    manifest = read_manifest(repository)
    described = [(each["name"], each.get("description") or "") for each in manifest["script"]["commands"]]
    described += [(each["name"], each["additionalinfo"]) for each in manifest["configuration"] if "additionalinfo" in each]
    return [Finding("description", name, f"has no dot at its end: {text}") for name, text in described if not text.endswith(".")]


def models(repository: ContentRepository) -> list[Finding]:
    """The SDK's models on test playbooks and on the test data of modeling rules: `validate` looks at neither."""
    return [Finding(*each) for each in _printed_by("sdk_gate.models", repository, "of_test_playbooks", "of_test_data")]


def misaligned_test_data(repository: ContentRepository) -> list[Finding]:
    """Test data of modeling rules that have other types than the columns of the schema. It takes seconds: a test's alone."""
    return [Finding(*each) for each in _printed_by("sdk_gate.models", repository, "of_types")]


def queries(repository: ContentRepository) -> list[Finding]:
    """The XQL of rules, correlation rules and dashboards: for `validate` it is any text, even none."""
    found = faults(repository.folder / PACK)
    return [Finding("XQL", str(path.relative_to(repository.folder)), message) for path, message in found]


def values(repository: ContentRepository) -> list[Finding]:
    """What stands in correlation rules and widgets: `validate` knows their keys only."""
    found = unknown_values(repository.folder / PACK)
    return [Finding("value", str(path.relative_to(repository.folder)), message) for path, message in found]


def instances(repository: ContentRepository) -> list[Finding]:
    """Tasks of playbooks that do not hand on the input Instance: without it the platform runs a command on every instance.

    PB106 of the SDK refuses any `using`, because it takes it for a fixed instance: .pack-ignore excepts each playbook.
    """
    names = {command["name"] for command in read_manifest(repository)["script"]["commands"]}
    playbooks = _playbooks(repository, "*Playbooks")
    with_input = {each["name"] for each in playbooks.values() if any(one["key"] == "Instance" for one in each["inputs"])}
    findings = []
    for path, playbook in playbooks.items():
        for task in playbook["tasks"].values():
            args = task.get("scriptarguments") or {}
            runs = task["task"].get("script", "").partition("|||")[2] in names
            if (runs and args.get("using") != {"simple": "${inputs.Instance}"}) or (
                task["task"].get("playbookName") in with_input and not args.get("Instance")
            ):
                findings.append(Finding("instance", path.name, f"{task['task']['name']} does not hand on the input Instance."))
    return findings


def inputs(repository: ContentRepository) -> list[Finding]:
    """Yes or no, choices and numbers among the inputs of playbooks that are not checked by their first task.

    AbsoluteInputs has the one table of them, its arguments. An input looks so by its default or its description.
    """
    manifest = repository.folder / PACK / "Scripts" / "AbsoluteInputs" / "AbsoluteInputs.yml"
    checked = {each["name"] for each in read_item(manifest)["args"]}
    findings = []
    for path, playbook in _playbooks(repository).items():
        tasks = playbook["tasks"]
        (start,) = (target for targets in tasks[playbook["starttaskid"]]["nexttasks"].values() for target in targets)
        first = tasks[start]["scriptarguments"] if tasks[start]["task"].get("scriptName") == "AbsoluteInputs" else {}
        required = first.get("required", {}).get("simple", "").split(",")
        for one in playbook["inputs"]:
            key = one["key"]
            by_task = first.get(key) == {"simple": f"${{inputs.{key}}}"} and (key in required) is bool(one.get("required"))
            if (key in checked or looks_checkable(one)) and not by_task:
                findings.append(Finding("input", path.name, f"Its first task does not check the input {key} by AbsoluteInputs."))
    return findings


def lengths(repository: ContentRepository) -> list[Finding]:
    """Playbooks of more tasks than "Best practices for playbooks" of the Cortex documentation advises, titles counted."""
    counts = {path.name: len(playbook["tasks"]) for path, playbook in _playbooks(repository).items()}
    said = f"more than {MOST_TASKS}: make steps sub-playbooks."
    return [Finding("length", name, f"has {count} tasks, {said}") for name, count in counts.items() if count > MOST_TASKS]


def _playbooks(repository: ContentRepository, folders: str = "Playbooks") -> dict[Path, Any]:
    return {path: read_item(path) for path in sorted((repository.folder / PACK).glob(f"{folders}/*.yml"))}


def looks_checkable(declared: dict[str, Any]) -> bool:
    """Whether an input is a yes or no, or a number."""
    default = str((declared.get("value") or {}).get("simple", ""))
    described = re.search(r'"(true|yes)" or "|^(The number of|Whether) ', declared["description"], re.IGNORECASE)
    return bool(described or re.fullmatch(r"[0-9]+|true|false|yes|no", default, re.IGNORECASE))


def every_check(repository: ContentRepository) -> list[Finding]:
    """All findings. The tools run side by side: most of their time goes into their start."""
    checks: tuple[Callable[[ContentRepository], list[Finding]], ...]
    checks = (validate, paths, lint, secrets, models, descriptions, queries, values, instances, inputs, lengths)
    with ThreadPoolExecutor() as pool:
        return [finding for findings in pool.map(lambda check: check(repository), checks) for finding in findings]


# Which platform each zip is for: the SDK leaves out what the other one does not know.
ZIPS = {"Absolute.zip": "xsoar", "Absolute-XSIAM.zip": "marketplacev2", "Absolute-Platform.zip": "platform"}
SIDE_BY_SIDE_ZIPS = {name.replace("Absolute", f"Absolute{MARK}"): marketplace for name, marketplace in ZIPS.items()}


def build_zips(repository: ContentRepository, folder: Path) -> list[Path]:
    """The files that Cortex XSOAR, Cortex XSIAM and the Cortex platform take for an upload, in `folder`, of both editions.

    By `demisto-sdk prepare-content`, which `demisto-sdk upload` does too; `zip-packs` knows no marketplace but XSOAR's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packs = (PACK, side_by_side(repository.folder / PACK).relative_to(repository.folder))

    def build(names: tuple[str, str]) -> list[Path]:
        arguments = ("--input", ",".join(map(str, packs)), "--output", WRITTEN, "--marketplace", ZIPS[names[0]])
        done = repository.run_once("demisto_sdk", "prepare-content", *arguments)
        built = [done.written / f"{pack.name}.zip" for pack in packs]
        if done.returncode or not all(path.exists() for path in built):
            raise failed(done)
        return [shutil.copyfile(path, folder / name) for path, name in zip(built, names, strict=True)]

    with ThreadPoolExecutor() as pool:
        return [path for paths in pool.map(build, zip(ZIPS, SIDE_BY_SIDE_ZIPS, strict=True)) for path in paths]


def read_manifest(repository: ContentRepository) -> dict[str, Any]:
    """Absolute.yml."""
    return dict(read_item(repository.folder / INTEGRATION / "Absolute.yml"))


def _printed_by(program: str, repository: ContentRepository, *arguments: str, paths: tuple[str, ...] = ()) -> Any:
    """The JSON in the last line of what one of our programs prints."""
    done = repository.run_once(program, *arguments, PYTHONPATH=os.pathsep.join((str(ROOT / "Utils"), *paths)))
    if done.returncode:
        raise failed(done)
    return json.loads(done.stdout.splitlines()[-1])


def _plugins() -> str:
    package = find_spec("demisto_sdk")
    assert package
    assert package.origin
    return str(Path(package.origin).parent.joinpath("commands/pre_commit/resources/pylint_plugins"))


def _plain(text: str) -> str:
    """Without the colours that the SDK always writes."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
