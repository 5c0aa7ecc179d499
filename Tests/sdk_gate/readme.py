"""The README of the integration: an introduction written by hand, then the reference that the SDK makes of the manifest."""

import tempfile
from pathlib import Path

from sdk_gate.checks import ToolFailedError
from sdk_gate.content_repository import INTEGRATION, ContentRepository

README = INTEGRATION / "README.md"
REFERENCE = "## Configure Absolute in Cortex\n"


def up_to_date_readme(repository: ContentRepository) -> str:
    """The README with its introduction as it is, and the reference (`demisto-sdk generate-docs`) as it should be."""
    with tempfile.TemporaryDirectory() as output:
        manifest = str(INTEGRATION / "Absolute.yml")
        done = repository.run("demisto_sdk", "generate-docs", "--no-graph", "--input", manifest, "--output", output)
        generated = Path(output, "README.md")
        if done.returncode or not generated.exists():
            raise ToolFailedError(done.stdout + done.stderr)
        reference = generated.read_text().partition(REFERENCE)[2]
    introduction = (repository.folder / README).read_text().partition(REFERENCE)[0]
    return introduction + REFERENCE + reference
