"""The gate can fail. Each damage is done to a copy of the pack, and the check that is made for it has to refuse it.

All damages of one group are done to one copy, because a tool of the SDK takes seconds to start. None hides another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sdk_gate.checks import Finding, every_check, validate
from sdk_gate.content_repository import INTEGRATION, PACK, ContentRepository

KEY = "fJ7!qZ0xW3vB9mKtR5yLdG2hPcN8sE4u"


@dataclass(frozen=True)
class Damage:
    """What is done to the folder of the integration, and the finding that it has to lead to."""

    do: Callable[[Path], None]
    code: str
    message: str


def manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """A damage to Absolute.yml."""

    def do(folder: Path) -> None:
        path = folder / "Absolute.yml"
        content = yaml.safe_load(path.read_text())
        change(content)
        path.write_text(yaml.safe_dump(content, sort_keys=False))

    return do


def append(name: str, text: str) -> Callable[[Path], None]:
    """A damage to the end of a file."""

    def do(folder: Path) -> None:
        path = folder / name
        path.write_text(path.read_text() + text)

    return do


def second_python_file(folder: Path) -> None:
    (folder / "helpers.py").touch()


def remove_row_from_readme(path: str) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        readme = folder / "README.md"
        lines = readme.read_text().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"| {path} |")]
        assert len(kept) < len(lines)
        readme.write_text("".join(kept))

    return do


def commands(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {command["name"]: command for command in content["script"]["commands"]}


def latest_image(content: dict[str, Any]) -> None:
    content["script"]["dockerimage"] = "demisto/auth-utils:latest"


def undotted_argument(content: dict[str, Any]) -> None:
    commands(content)["absolute-device-get"]["arguments"][0]["description"] = "The devices"


def undotted_command(content: dict[str, Any]) -> None:
    commands(content)["absolute-device-list"]["description"] = "Lists devices"


def output_that_the_readme_lacks(content: dict[str, Any]) -> None:
    output = {"contextPath": "Absolute.Device.ShoeSize", "description": "The shoe size.", "type": "Number"}
    commands(content)["absolute-device-get"]["outputs"].append(output)


def command_without_code(content: dict[str, Any]) -> None:
    content["script"]["commands"].append({"name": "absolute-device-teleport", "description": "Teleports.", "arguments": []})


def unknown_policy(content: dict[str, Any]) -> None:
    commands(content)["absolute-device-freeze-request"]["compliantpolicies"] = ["Ice Age"]


DAMAGES = {
    "description of an argument without a dot": Damage(manifest(undotted_argument), "DS108", "absolute-device-get"),
    "description of a command without a dot": Damage(manifest(undotted_command), "description", "Lists devices"),
    "output that the README lacks": Damage(manifest(output_that_the_readme_lacks), "RM102", "Absolute.Device.ShoeSize"),
    "output that only the README has": Damage(
        remove_row_from_readme("Absolute.FreezeMessage.Content"), "RM102", "Absolute.FreezeMessage.Content"
    ),
    "command that the README lacks": Damage(manifest(command_without_code), "RM110", "absolute-device-teleport"),
    "command missing from the code": Damage(lambda _: None, "E9010", "absolute-device-teleport"),
    "image without a fixed tag": Damage(manifest(latest_image), "DO100", "latest"),
    "unknown policy": Damage(manifest(unknown_policy), "BA112", "Ice Age"),
    "category that does not exist": Damage(manifest(lambda content: content.update(category="Laptops")), "IN104", "category"),
    "print": Damage(append("Absolute.py", "\nprint('hello')\n"), "E9002", "Print"),
    "sleep": Damage(append("Absolute.py", "\nimport time\ntime.sleep(60)\n"), "E9003", "Sleep"),
    "second return_error": Damage(
        append("Absolute.py", "\ndef stop() -> None:\n    return_error('')\n"), "W9011", "return_error"
    ),
    "second Python file": Damage(second_python_file, "path", "name must start with"),
    "key in the code": Damage(append("Absolute.py", f"\nSECRET = '{KEY}'\n"), "secret", KEY),
    "address in the code": Damage(append("Absolute.py", "\nHOME = 'https://evil.test'\n"), "secret", "https://evil.test"),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    repository = ContentRepository(tmp_path_factory.mktemp("damaged"))
    for damage in DAMAGES.values():
        damage.do(repository.folder / INTEGRATION)
    repository.commit()
    return every_check(repository)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_refused(findings: list[Finding], damage: Damage) -> None:
    refused = [finding for finding in findings if finding.code == damage.code and damage.message in finding.message]
    assert refused, "\n".join(map(str, findings))


def test_a_manifest_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """In a copy of its own: what the SDK cannot read is seen by no other check."""
    repository = ContentRepository(tmp_path)
    manifest(lambda content: content.update(colour="blue"))(repository.folder / INTEGRATION)
    (repository.folder / PACK / "README.md").unlink()
    repository.commit()
    found = {(each.code, Path(each.place).name) for each in validate(repository)}
    assert ("ST110", "Absolute.yml") in found
    assert ("PA128", PACK.name) in found
