"""What `make docs` writes: the README of the integration, and what the catalogue of commands is behind.

The README is an introduction written by hand, then the reference that the SDK makes of the manifest. Every command that either of
them shows was really run, on the local tenant: the examples of the catalogue for the reference, and those that stand in the
introduction in a code block, above their answer.
"""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from catalogue import Catalogue, papers
from catalogue.absolute_test_playbook import absolute_test_playbook
from local_xsoar import PlatformModules

from sdk_gate.checks import ToolFailedError, read_manifest
from sdk_gate.content_repository import INTEGRATION, PACK, ROOT, ContentRepository
from sdk_gate.examples import Example, play

README = INTEGRATION / "README.md"
EXAMPLES = INTEGRATION / "command_examples.txt"
TEST_PLAYBOOK = PACK / "TestPlaybooks" / "playbook-Absolute_Test.yml"
ROOT_README = Path("README.md")
REFERENCE = "## Configure Absolute in Cortex\n"
SHOWN_COMMAND = re.compile(r"^```\n(!.+)\n(?:.*\n)*?```$", re.MULTILINE)


class ExampleError(Exception):
    """An example does not work, or a command has none, or no entry in the catalogue."""


def made_of_the_catalogue(repository: ContentRepository, catalogue: Catalogue) -> dict[Path, str]:
    """The files as they should be. The positions of the test playbook's tasks are those of `make pictures`.

    Raises ExampleError when manifest and catalogue have not the same commands.
    """
    declared = {each["name"]: each["description"] for each in read_manifest(repository)["script"]["commands"]}
    if alone := sorted(declared.keys() ^ {entry.name for entry in catalogue}):
        raise ExampleError(f"Absolute.yml and commands.yml do not both have {', '.join(alone)}")
    return {
        EXAMPLES: papers.examples(catalogue),
        ROOT_README: papers.with_commands((ROOT / ROOT_README).read_text(), catalogue, [*declared]),
        TEST_PLAYBOOK: absolute_test_playbook(catalogue, declared),
    }


def play_documentation(repository: ContentRepository, catalogue: Catalogue) -> list[Example]:
    """The commands of the introduction and the examples of the catalogue, run in this order in one war room.

    Raises ExampleError when a command of the manifest has no example.
    """
    examples = {entry.name for entry in catalogue if entry.examples}
    if missing := [each["name"] for each in read_manifest(repository)["script"]["commands"] if each["name"] not in examples]:
        raise ExampleError(f"commands.yml has no example of {', '.join(missing)}")
    lines = [*SHOWN_COMMAND.findall(introduction(repository)), *papers.example_lines(catalogue)]
    modules = PlatformModules.chosen()
    return play(lines, repository.folder / INTEGRATION, modules)


def up_to_date_readme(repository: ContentRepository, catalogue: Catalogue, played: Sequence[Example]) -> str:
    """The README as it should be: its introduction with the table of permissions and the answers that were `played`, and the
    reference.

    Raises ExampleError, and ToolFailedError when the SDK does not write the reference.
    """
    answers = iter(played)
    commands = [each["name"] for each in read_manifest(repository)["script"]["commands"]]
    written = papers.with_permissions(introduction(repository), catalogue, commands)
    beginning = SHOWN_COMMAND.sub(lambda _: code_block(next(answers)), written)
    return beginning + REFERENCE + reference(repository, list(answers))


def introduction(repository: ContentRepository) -> str:
    return (repository.folder / README).read_text().partition(REFERENCE)[0]


def reference(repository: ContentRepository, examples: Sequence[Example]) -> str:
    """What `demisto-sdk generate-docs` writes from REFERENCE on. Raises ExampleError when an example was refused."""
    if refused := [f"{example.line}\n{example.readable}" for example in examples if example.refused]:
        raise ExampleError("\n\n".join(refused))
    recorded = [{"line": each.line, "readable": each.readable, "context": each.context} for each in examples]
    with tempfile.TemporaryDirectory() as folder:
        answers, lines, generated = (Path(folder, name) for name in ("answers.json", "examples.txt", "README.md"))
        answers.write_text(json.dumps(recorded))
        lines.write_text("".join(f"{each.line}\n" for each in examples))
        done = repository.run(
            *("sdk_gate.recorded_server", str(answers), "generate-docs", "--no-graph", "--output", folder),
            *("--input", str(INTEGRATION / "Absolute.yml"), "--examples", str(lines)),
            PYTHONPATH=str(ROOT / "Utils"),
        )
        if done.returncode or not generated.exists():
            raise ToolFailedError(done.stdout + done.stderr)
        return working_links(generated.read_text().partition(REFERENCE)[2])


def working_links(markdown: str) -> str:
    """The SDK breaks every address so that it does not become a link, those of links included."""
    return markdown.replace("](https:<span>//</span>", "](https://")


def code_block(example: Example) -> str:
    return f"```\n{example.line}\n\n{example.readable}\n```"
