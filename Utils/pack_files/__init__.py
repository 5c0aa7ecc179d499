"""Where the repository and the pack lie, and what a file of the pack says: everything that reads them begins here.

Knows paths and formats. Must not know what an item means.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "Packs" / "Absolute"
INTEGRATION = PACK / "Integrations" / "Absolute"


def read_item(path: Path) -> Any:
    """What a YAML or JSON file says."""
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)  # it is a safe one


@cache
def manifest() -> dict[str, Any]:
    """The integration's manifest. It is read once: who changes it takes a copy."""
    return dict(read_item(INTEGRATION / "Absolute.yml"))
