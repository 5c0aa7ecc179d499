"""The README of the integration: an introduction written by hand, then the reference that the SDK makes of the manifest.

Every command that either of them shows was really run, on the local tenant: the lines of command_examples.txt for the
reference, and those that stand in the introduction in a code block, above their answer.
"""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local_xsoar import PlatformModules

from sdk_gate.checks import ToolFailedError, read_manifest
from sdk_gate.content_repository import INTEGRATION, ROOT, ContentRepository
from sdk_gate.examples import Example, play

README = INTEGRATION / "README.md"
EXAMPLES = INTEGRATION / "command_examples.txt"
REFERENCE = "## Configure Absolute in Cortex\n"
SHOWN_COMMAND = re.compile(r"^```\n(!.+)\n(?:.*\n)*?```$", re.MULTILINE)


class ExampleError(Exception):
    """An example does not work, or a command has none."""


def play_documentation(repository: ContentRepository) -> list[Example]:
    """The commands of the introduction and of command_examples.txt, run in this order in one war room."""
    lines = [*SHOWN_COMMAND.findall(introduction(repository)), *example_lines(repository)]
    modules = PlatformModules.chosen()
    return play(lines, repository.folder / INTEGRATION, modules)


def up_to_date_readme(repository: ContentRepository, played: Sequence[Example]) -> str:
    """The README as it should be: the text of its introduction with the answers that were `played`, and the reference.

    Raises ExampleError, and ToolFailedError when the SDK does not write the reference.
    """
    answers = iter(played)
    beginning = SHOWN_COMMAND.sub(lambda _: code_block(next(answers)), introduction(repository))
    return beginning + REFERENCE + reference(repository, list(answers))


def introduction(repository: ContentRepository) -> str:
    return (repository.folder / README).read_text().partition(REFERENCE)[0]


def example_lines(repository: ContentRepository) -> list[str]:
    """The commands of command_examples.txt. Raises ExampleError when a command of the manifest has none."""
    lines = [line for line in (repository.folder / EXAMPLES).read_text().splitlines() if line.startswith("!")]
    shown = {line.split()[0] for line in lines}
    missing = [each["name"] for each in read_manifest(repository)["script"]["commands"] if f"!{each['name']}" not in shown]
    if missing:
        raise ExampleError(f"{EXAMPLES.name} has no example of {', '.join(missing)}")
    return lines


def reference(repository: ContentRepository, examples: Sequence[Example]) -> str:
    """What `demisto-sdk generate-docs` writes from REFERENCE on. Raises ExampleError when an example was refused."""
    if refused := [f"{example.line}\n{example.readable}" for example in examples if example.refused]:
        raise ExampleError("\n\n".join(refused))
    recorded = [{"line": each.line, "readable": each.readable, "context": each.context} for each in examples]
    with tempfile.TemporaryDirectory() as folder:
        answers, generated = Path(folder, "answers.json"), Path(folder, "README.md")
        answers.write_text(json.dumps(recorded))
        done = repository.run(
            *("sdk_gate.recorded_server", str(answers), "generate-docs", "--no-graph", "--output", folder),
            *("--input", str(INTEGRATION / "Absolute.yml"), "--examples", str(EXAMPLES)),
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
