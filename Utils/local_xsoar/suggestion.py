"""What somebody may have meant who typed a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 3


def did_you_mean(typed: str, names: Iterable[str]) -> str:
    """` Did you mean a or b?`, without regard to case; "" when nothing is near. Begins with a blank."""
    by_folded = {name.casefold(): name for name in names}
    wanted = typed.casefold()
    near = get_close_matches(wanted, by_folded, SHOWN, cutoff=0.6)
    # A part of the name is what people remember of it.
    near += [name for name in by_folded if len(wanted) > 2 and wanted in name and name not in near]
    found = [by_folded[name] for name in near[:SHOWN]]
    return f" Did you mean {' or '.join(found)}?" if found else ""
