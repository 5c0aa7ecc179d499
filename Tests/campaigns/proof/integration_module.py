"""What the integration is made of, and makes it importable outside of pytest, with our own platform modules."""

import sys

from local_xsoar.pack import api_modules
from pack_files import INTEGRATION, ROOT

MODULES = ("Absolute", *api_modules(ROOT / "Packs", INTEGRATION / "Absolute.py"))
FOLDERS = (ROOT / "Utils" / "local_xsoar" / "modules", *sorted(ROOT.glob("Packs/ApiModules/Scripts/*")), INTEGRATION)


def make_importable() -> None:
    sys.path[:0] = [str(folder) for folder in FOLDERS if str(folder) not in sys.path]
