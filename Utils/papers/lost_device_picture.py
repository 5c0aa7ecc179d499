"""The picture of a playbook in README.md: the part of its whole picture where the device is dealt with."""

from __future__ import annotations

from pathlib import Path

from pack_files import PACK, ROOT
from PIL import Image
from playbook_pictures.drawing import MARGIN, SCALE
from playbook_pictures.files import picture_of
from playbook_pictures.graph import read_graph
from playbook_pictures.layout import TOP, lay_out

PLAYBOOK = PACK / "Playbooks" / "playbook-Absolute_-_Contain_Lost_Device.yml"
FIRST, NEXT = "Freeze, Search, Evidence and Decision", "Done"  # section headers: shown from the one to before the other
PICTURE = ROOT / "docs" / "pictures" / "lost_device_playbook.png"
SPACE = 12  # pixels above the header


def write() -> Path:
    """Cut the part out; gives back its file."""
    picture().save(PICTURE, optimize=True)
    return PICTURE


def picture() -> Image.Image:
    layout = lay_out(read_graph(PLAYBOOK))
    top, bottom = (
        next(box.y for task, box in layout.boxes.items() if layout.graph.tasks[task].name == name) for name in (FIRST, NEXT)
    )
    whole = Image.open(picture_of(PLAYBOOK))
    return whole.crop((0, _row(top) - SPACE, whole.width, _row(bottom) - SPACE))


def _row(y: float) -> int:
    """The row of pixels at a height in units of the editor."""
    return round((y - TOP + MARGIN) * SCALE)
