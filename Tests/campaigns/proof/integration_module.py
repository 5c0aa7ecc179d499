"""Makes `import Absolute` possible outside of pytest, with our own platform modules."""

import sys

from proof.paths import INTEGRATION, ROOT

FOLDERS = (ROOT / "Utils" / "local_xsoar" / "modules", *sorted(ROOT.glob("Packs/ApiModules/Scripts/*")), INTEGRATION)


def make_importable() -> None:
    sys.path[:0] = [str(folder) for folder in FOLDERS if str(folder) not in sys.path]
