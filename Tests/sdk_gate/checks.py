"""The checks of the gate. Each runs one tool of demisto-sdk on a content repository and returns what it refuses."""

import json
import re
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from sdk_gate.content_repository import INTEGRATION, PACK, ContentRepository

LINTER_LEVELS = {
    "base_checker": "base-checker",
    "community_level_checker": "community-checker",
    "partner_level_checker": "partner-checker",
    "certified_partner_level_checker": "certified-partner-checker",
    "xsoar_level_checker": "xsoar-checker",
}
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


def validate(repository: ContentRepository) -> list[Finding]:
    """`demisto-sdk validate` with every check of validation_config.toml (.demisto-sdk-conf names it)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        done = repository.run("demisto_sdk", "validate", "--use-git", "--json-file", str(report))
        if not report.exists():
            raise ToolFailedError(done.stdout + done.stderr)
        results = json.loads(report.read_text())
    findings = [
        Finding(result.get("error code", "exception"), result.get("file path", str(PACK)), result["message"])
        for kind in ("validations", "invalid content items", "Validations that caught exceptions")
        for result in results[kind]
    ]
    if done.returncode and not findings:
        raise ToolFailedError(done.stdout + done.stderr)
    return findings


def paths(repository: ContentRepository) -> list[Finding]:
    """The SDK's check of file names and places (`validate-content-path`)."""
    done = repository.run("demisto_sdk.scripts.validate_content_path", "validate", *map(str, repository.files()))
    refused = re.findall(r"^Invalid (.+?): (.*)$", _plain(done.stdout + done.stderr), flags=re.MULTILINE)
    if done.returncode and not refused:
        raise ToolFailedError(done.stdout + done.stderr)
    return [Finding("path", path, message) for path, message in refused]


def lint(repository: ContentRepository) -> list[Finding]:
    """The XSOAR linter at its strictest level, warnings included.

    `demisto-sdk xsoar-lint` wants docker, but what it runs are plugins of pylint. They read the names of the commands from
    the environment.
    """
    done = repository.run(
        *("pylint", "--disable=all", f"--enable={','.join(LINTER_LEVELS.values())}"),
        *(f"--load-plugins={','.join(LINTER_LEVELS)}", "--output-format=json2", str(INTEGRATION / "Absolute.py")),
        PYTHONPATH=_plugins(),
        commands=",".join(command["name"] for command in read_manifest(repository)["script"]["commands"]),
        is_script="False",
    )
    try:
        messages = json.loads(done.stdout)["messages"]
    except ValueError:
        raise ToolFailedError(done.stdout + done.stderr) from None
    return [Finding(each["messageId"], f"{each['path']}:{each['line']}", each["message"]) for each in messages]


def secrets(repository: ContentRepository) -> list[Finding]:
    """`demisto-sdk secrets` on every text file: URLs, addresses, and strings as random as a key."""
    files = ",".join(str(path) for path in repository.files() if path.suffix in TEXT_FILES)
    done = repository.run("demisto_sdk", "secrets", "--input", files)
    found = re.findall(r"In File: (\S+)\s+Secrets? found: (.*)", _plain(done.stdout))
    if done.returncode and not found:
        raise ToolFailedError(done.stdout + done.stderr)
    return [Finding("secret", place, text) for place, text in found]


def descriptions(repository: ContentRepository) -> list[Finding]:
    """Commands and parameters are described in sentences too: DS108 looks at their arguments and outputs only."""
    manifest = read_manifest(repository)
    described = [(each["name"], each.get("description") or "") for each in manifest["script"]["commands"]]
    described += [(each["name"], each["additionalinfo"]) for each in manifest["configuration"] if "additionalinfo" in each]
    return [Finding("description", name, f"has no dot at its end: {text}") for name, text in described if not text.endswith(".")]


def every_check(repository: ContentRepository) -> list[Finding]:
    """All findings. The tools run side by side: most of their time goes into their start."""
    checks: tuple[Callable[[ContentRepository], list[Finding]], ...] = (validate, paths, lint, secrets, descriptions)
    with ThreadPoolExecutor() as pool:
        return [finding for findings in pool.map(lambda check: check(repository), checks) for finding in findings]


def build_zip(repository: ContentRepository, folder: Path) -> Path:
    """`demisto-sdk zip-packs`: the file that the platform takes for an upload, in `folder`."""
    with tempfile.TemporaryDirectory() as output:
        done = repository.run("demisto_sdk", "zip-packs", "--input", str(PACK), "--output", output)
        built = Path(output, "uploadable_packs", f"{PACK.name}.zip")
        if done.returncode or not built.exists():
            raise ToolFailedError(done.stdout + done.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / built.name
        target.write_bytes(built.read_bytes())
    return target


def read_manifest(repository: ContentRepository) -> dict[str, Any]:
    """Absolute.yml."""
    manifest: dict[str, Any] = yaml.safe_load((repository.folder / INTEGRATION / "Absolute.yml").read_text())
    return manifest


def _plugins() -> str:
    package = find_spec("demisto_sdk")
    assert package
    assert package.origin
    return str(Path(package.origin).parent.joinpath("commands/pre_commit/resources/pylint_plugins"))


def _plain(text: str) -> str:
    """Without the colours that the SDK always writes."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
