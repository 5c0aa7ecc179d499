"""`absolute traceback`: the source lines behind a traceback of the platform, whose lines are those of the unified script."""

from __future__ import annotations

from typing import TextIO

import click

from command_line import places
from command_line.outcome import Outcome, RefusedError


@click.command("traceback")
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"), default="-")
@click.option("--script", default="", metavar="NAME", help="A script of the playbooks, such as AbsoluteCaseReport.")
def command(file: TextIO, script: str) -> int:
    """Reads a traceback of the platform, from FILE or stdin, and prints it with the files and lines of the sources.
    They are those of the version that is checked out here: check out the version that runs on the platform."""
    from local_xsoar.integration import read_unified
    from local_xsoar.tracebacks import in_source_files

    from command_line.preparation import platform_modules

    packs = places.PACK.parent
    folder = places.PACK / "Scripts" / script if script else places.PACK / "Integrations" / "Absolute"
    if not folder.is_dir():
        raise RefusedError(f"--script: there is no {folder}.")
    _, unified = read_unified(folder, lambda manifest: str(manifest["script"] if script else manifest["script"]["script"]))
    folders = {path.stem: path.parent.relative_to(packs.parent) for path in packs.glob("*/Scripts/*/*.py")}
    folders[folder.name] = folder.relative_to(packs.parent)
    text = unified.read_text("utf-8")
    click.echo(in_source_files(file.read(), text, folder.name, folders, platform_modules()), nl=False)
    return Outcome.DONE
