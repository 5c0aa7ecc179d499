"""Which files belong to a playbook, and whether its picture is still the one of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from pack_files import ROOT
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .drawing import draw
from .graph import Graph, read_graph
from .layout import lay_out
from .view import with_positions

HASH = "Playbook-SHA256"  # keyword of the PNG's tEXt chunk


def playbooks(root: Path = ROOT) -> list[Path]:
    """The playbooks that have pictures."""
    return sorted(root.glob("Packs/*/Playbooks/*.yml"))


def all_playbooks(root: Path = ROOT) -> list[Path]:
    """With the test playbooks, which the editor shows too."""
    return [*playbooks(root), *sorted(root.glob("Packs/*/TestPlaybooks/*.yml"))]


def picture_of(playbook: Path) -> Path:
    """`doc_files/<name>.png` of the pack, for `Playbooks/playbook-<name>.yml`."""
    return playbook.parents[1] / "doc_files" / f"{playbook.stem.removeprefix('playbook-')}.png"


def shown_hash(graph: Graph) -> str:
    """The hash of everything that a picture shows of its playbook."""
    shown = {
        "start": graph.start,
        "tasks": [asdict(task) for task in graph.tasks.values()],
        "links": list(map(asdict, graph.links)),
    }
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def rewrite_positions(playbook: Path) -> bool:
    """Lays the playbook out and writes its positions; tells whether the file has changed. Raises LoopError and ViewError."""
    text = playbook.read_bytes().decode()
    laid_out = with_positions(text, lay_out(read_graph(playbook)))
    if laid_out != text:
        playbook.write_bytes(laid_out.encode())
    return laid_out != text


def write_picture(playbook: Path) -> Path:
    """Draws the playbook; gives back the picture's file. Raises LoopError."""
    graph, picture = read_graph(playbook), picture_of(playbook)
    picture.parent.mkdir(exist_ok=True)
    facts = PngInfo()
    facts.add_text(HASH, shown_hash(graph))
    draw(lay_out(graph)).save(picture, optimize=True, pnginfo=facts)
    return picture


def is_current(playbook: Path) -> bool:
    """Whether there is a picture, and of the playbook as it is now."""
    picture = picture_of(playbook)
    if not picture.is_file():
        return False
    with Image.open(picture) as image:
        return bool(image.info.get(HASH) == shown_hash(read_graph(playbook)))
