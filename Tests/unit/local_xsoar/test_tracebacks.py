"""A traceback of the platform leads to the lines that somebody wrote."""

from __future__ import annotations

import traceback
from pathlib import Path

from local_xsoar import Integration, PlatformModules
from local_xsoar.source_lines import source_lines
from local_xsoar.tracebacks import in_source_files, platform_positions

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = {path.stem: path.parent for path in ROOT.glob("Packs/*/*/*/*.py")}


def test_each_line_that_was_written_is_found_by_what_the_platform_tells(
    integration: Integration, platform_modules: PlatformModules
) -> None:
    script = integration.script_path.read_text("utf-8")
    told, sources = platform_positions(script, platform_modules), source_lines(script, "Absolute")
    assert len(told) == len(sources)
    pairs = [(position, source) for position, source in zip(told, sources, strict=True) if source]
    raised = "\n".join(f'File "<{name}>", line {line}, in x' for (name, line), _ in pairs)
    found = in_source_files(raised, script, "Absolute", FOLDERS, platform_modules)
    assert found.splitlines() == [
        f'File "{FOLDERS[source.module] / source.module}.py", line {source.number}, in x' for _, source in pairs
    ]


def test_a_failure_of_the_unified_script(integration: Integration, platform_modules: PlatformModules) -> None:
    """It is raised by a real line of the script, which stands below an inlined module."""
    script = integration.script_path.read_text("utf-8")
    place = next(number for number, line in enumerate(script.splitlines()) if line.startswith("def check_shape("))
    damaged = "\n" * (place + 1) + "raise ValueError('here')"
    try:
        exec(compile(damaged, "<string>", "exec"))  # noqa: S102
    except ValueError:
        raised = traceback.format_exc()
    found = in_source_files(raised, script, "Absolute", FOLDERS, platform_modules)
    file = FOLDERS["AbsoluteClientApiModule"] / "AbsoluteClientApiModule.py"
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 2) if text.startswith("def check_shape("))
    assert f'File "{file}", line {line}, in <module>' in found
    assert f'File "{__file__}", line' in found
    assert found.endswith("ValueError: here\n")
