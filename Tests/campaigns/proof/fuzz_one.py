"""`python -m proof.fuzz_one NAME FOLDER`: one parser under libFuzzer, guided by the branches that it reaches.

A process of its own, because libFuzzer ends the process. FOLDER gets the text that failed. The exit status is 0 if none did.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris  # type: ignore[import]  # it has no stubs

from proof.integration_module import MODULES, make_importable

SEED, TEXTS = 1, 150_000
LONGEST_BYTES = 4096
LONGEST_SECONDS = 20


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    make_importable()
    with atheris.instrument_imports(include=[*MODULES]):
        importlib.import_module("Absolute")
    from proof.parsers import PARSERS  # only now: it imports the same, which would not be instrumented

    parser, corpus = PARSERS[name], folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(parser.seeds):
        (corpus / f"seed-{number}").write_text(seed, "utf-8")

    def check(data: bytes) -> None:
        parser.check(data.decode("utf-8", "replace"))

    limits = {"runs": TEXTS, "seed": SEED, "max_len": LONGEST_BYTES, "timeout": LONGEST_SECONDS, "print_final_stats": 1}
    options = [f"-{option}={value}" for option, value in limits.items()]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
