"""The fields of a device record that `select` accepts: device_fields.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def _selectable() -> frozenset[str]:
    found: dict[str, Any] = yaml.load(Path(__file__).with_suffix(".yml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    whole = {*found["whole"].split(), *(f"rnr{product}" for product in found["products"].split()), *found["members"]}
    return frozenset(whole | {f"{name}.{member}" for name, members in found["members"].items() for member in members.split()})


SELECTABLE_DEVICE_FIELDS = _selectable()
