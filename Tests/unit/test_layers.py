"""Who may import whom. pyproject.toml has the layers of the programs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {path.name for folder in ("Utils", "Tests/campaigns") for path in (ROOT / folder).iterdir() if path.is_dir()}
PRODUCT = sorted(path for path in (ROOT / "Packs").rglob("*.py") if not path.name.endswith("_test.py"))


def test_the_layers_hold() -> None:
    program = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    folders = os.pathsep.join(str(ROOT / folder) for folder in ("Utils", "Tests/campaigns", "Tests"))
    done = subprocess.run(program, cwd=ROOT, env={**os.environ, "PYTHONPATH": folders}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: path.stem)
def test_the_product_imports_no_program(path: Path) -> None:
    roots = set(re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE))
    assert not roots & PROGRAMS
