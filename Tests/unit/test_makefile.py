"""What `make` promises that nothing else shows."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_format_mends_all_that_ruff_would_whatever_it_cannot_mend(tmp_path: Path) -> None:
    """What is shown by `make -n format` is run on a file that breaks rules with and without a remedy."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    text = tmp_path / "text.py"
    text.write_text("import sys\n\n\ndef f( ):\n    return undefined\n", encoding="utf-8")
    printed = subprocess.run(
        ["/bin/sh", "-c", f"make -n format BIN={Path(sys.executable).parent}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    recipe = [line for line in printed.splitlines() if "/ruff " in line]
    done = subprocess.run(["/bin/sh", "-e", "-c", "\n".join(recipe)], cwd=tmp_path, capture_output=True, text=True)
    assert "undefined" in done.stdout + done.stderr  # what is left is told
    assert text.read_text("utf-8") == "def f():\n    return undefined\n"
