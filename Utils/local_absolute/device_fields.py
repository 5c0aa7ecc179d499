"""The fields of a device record that `select` accepts: device_fields.yml."""

from __future__ import annotations

from .data import read_data


def _selectable() -> frozenset[str]:
    found = read_data("device_fields.yml")
    whole = {*found["whole"].split(), *(f"rnr{product}" for product in found["products"].split()), *found["members"]}
    return frozenset(whole | {f"{name}.{member}" for name, members in found["members"].items() for member in members.split()})


SELECTABLE_DEVICE_FIELDS = _selectable()
