"""The API's resources: one module each, found by what it calls ROUTES."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..routes import Route

ROUTES: tuple[Route, ...] = tuple(
    route
    for module in iter_modules(__path__, f"{__name__}.")
    for route in getattr(import_module(module.name), "ROUTES", ())  # what several resources share has none
)
