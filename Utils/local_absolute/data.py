"""The tables beside the modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_data(name: str) -> Any:
    """What the file says."""
    return yaml.load(Path(__file__).with_name(name).read_text("utf-8"), Loader=yaml.CSafeLoader)  # it is a safe one


INVENTED: dict[str, Any] = read_data("invented.yml")
