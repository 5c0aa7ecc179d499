"""The gate by hand.

validate   runs every check on the pack
pack       does so, then builds dist/Absolute.zip for Cortex XSOAR, dist/Absolute-XSIAM.zip for Cortex XSIAM, and
           dist/Absolute-Platform.zip for the Cortex platform; and as dist/Absolute_copy….zip the side-by-side edition of each
docs       brings up to date what is made of manifest and catalogue: the integration's README, each example run on the local
           tenant, command_examples.txt, the table of the root README, and the test playbook
"""

import argparse
import sys
import tempfile
from pathlib import Path

from catalogue import read_catalogue

from sdk_gate.checks import build_zips, every_check
from sdk_gate.content_repository import ROOT, ContentRepository
from sdk_gate.readme import README, made_of_the_catalogue, play_documentation, up_to_date_readme


def validate(repository: ContentRepository) -> int:
    findings = every_check(repository)
    print("\n".join(map(str, findings)) or "Every check passed.")
    return 1 if findings else 0


def pack(repository: ContentRepository) -> int:
    if refused := validate(repository):
        return refused
    for built in build_zips(repository, ROOT / "dist"):
        print(f"Built {built.relative_to(ROOT)}")
    return 0


def docs(repository: ContentRepository) -> int:
    catalogue = read_catalogue()
    wanted = made_of_the_catalogue(repository, catalogue)
    wanted[README] = up_to_date_readme(repository, catalogue, play_documentation(repository, catalogue))
    for name, text in wanted.items():
        (ROOT / name).write_text(text)
        print(f"Wrote {name}")
    return 0


TASKS = {task.__name__: task for task in (validate, pack, docs)}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sdk_gate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=TASKS)
    task = TASKS[parser.parse_args().task]
    with tempfile.TemporaryDirectory() as folder:
        return task(ContentRepository(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
