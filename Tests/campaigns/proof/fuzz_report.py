"""Every parser under the fuzzer, and .cache/proof/parsers.md, which tells how it went."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from pack_files import ROOT

from proof.integration_module import make_importable

# Says what went wrong, and how far it came, among what libFuzzer prints.
FAILURE = re.compile(r"=== Uncaught Python exception: ===\n(?P<said>.*?)\n", re.DOTALL)
RUNS, BRANCHES = re.compile(r"stat::number_of_executed_units: (\d+)"), re.compile(r"cov: (\d+)")
UNGUIDED = settings(max_examples=2_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
HEAD = """# Parsers under a fuzzer

Each function of the integration that reads what people, the API or the platform's store give is run on many texts. It must end in
what Tests/campaigns/proof/parsers.py promises of its result, or in a refusal in words: nothing else may be raised, and no text
may take longer than 20 seconds. To repeat: `make proof ARGS=parsers`; a single text: `PARSERS[name].check(text)`.

"""
GUIDED_BY = """[Atheris](https://github.com/google/atheris) (libFuzzer) makes the texts from typical ones, with a fixed seed,
and follows whatever reaches new branches of the integration."""
NOT_GUIDED = """**Not guided by coverage**, because there is no Atheris for this system and Python: the texts are typical
ones that Hypothesis has damaged at random."""


@dataclass(frozen=True)
class Fuzzing:
    """How one parser went. `failure` says what it did with `text`, and is empty when it held."""

    name: str
    runs: int
    branches: str
    failure: str = ""
    text: str = ""


def report() -> tuple[str, bool, str]:
    """The Markdown, whether every parser held, and the figures of it."""
    make_importable()
    from proof.parsers import PARSERS

    can_guide = importlib.util.find_spec("atheris") is not None
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda name: guided(name, Path(folder)) if can_guide else unguided(name), PARSERS))
    figures = f"{len(found)} parsers, {sum(one.runs for one in found):,} texts"
    return markdown(found, can_guide), not any(one.failure for one in found), figures


def markdown(found: Sequence[Fuzzing], can_guide: bool) -> str:
    return "\n".join([HEAD + (GUIDED_BY if can_guide else NOT_GUIDED), "", *table(found), *failures(found)])


def guided(name: str, folder: Path) -> Fuzzing:
    own = folder / re.sub(r"\W", "_", name)
    own.mkdir()
    run = subprocess.run(
        [sys.executable, "-m", "proof.fuzz_one", name, str(own)],
        cwd=ROOT / "Tests" / "campaigns",
        env={**os.environ, "PYTHONHASHSEED": "0"},  # sets in another order would reach other branches
        capture_output=True,
        text=True,
        errors="replace",
    )
    printed = run.stdout + run.stderr
    runs, branches = ((pattern.findall(printed) or ["0"])[-1] for pattern in (RUNS, BRANCHES))
    if run.returncode == 0:
        return Fuzzing(name, int(runs), branches)
    failure = FAILURE.search(printed)
    texts = [path.read_text("utf-8", "replace") for path in sorted(own.iterdir()) if path.is_file()]
    return Fuzzing(name, int(runs), branches, failure["said"] if failure else printed[-500:], texts[0] if texts else "")


def unguided(name: str) -> Fuzzing:
    from proof.parsers import PARSERS, texts

    tried: list[str] = []

    @seed(0)
    @UNGUIDED
    @given(texts(PARSERS[name]))
    def examples(text: str) -> None:
        tried.append(text)
        PARSERS[name].check(text)

    try:
        examples()
    except Exception as error:
        # The last one is the shortest that hypothesis has found.
        return Fuzzing(name, len(tried), "", f"{type(error).__name__}: {error}", tried[-1])
    return Fuzzing(name, len(tried), "")


def table(found: Sequence[Fuzzing]) -> list[str]:
    rows = [f"| {one.name} | {one.runs:,} | {one.branches} | {'**failed**' if one.failure else 'held'} |" for one in found]
    return ["| parser | texts | branches reached | |", "| --- | ---: | ---: | --- |", *rows, ""]


def failures(found: Sequence[Fuzzing]) -> list[str]:
    lines = [f"- {one.name}: `{one.failure}`, from `{one.text[:300]!r}`" for one in found if one.failure]
    return ["## Failures", "", *(lines or ["None."]), ""]
