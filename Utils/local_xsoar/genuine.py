"""Brings the platform's genuine modules into .cache/genuine, where tests, programs and measurements prefer them to ours.

They are the ones that Palo Alto Networks publishes for content repositories (demisto/content-ci-cd-template), at one commit,
and are not part of this repository.
"""

import hashlib
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from local_xsoar.platform import GENUINE_MODULES

SOURCE = "https://raw.githubusercontent.com/demisto/content-ci-cd-template/3719e347ddbb337b714d68d9822ddb0c87829624"
SHA256 = {
    "CommonServerPython.py": "38af7492cb821589a807dccb85f18be04bfc201b16e0197a8418d6043f38d363",
    "demistomock.py": "a4964c9434037fd82ab278fde67e55caa154eab06c7334164b6da51b902e921f",
}
SECONDS = 60


class WrongContentError(Exception):
    """What was brought is not what was pinned."""


def bring(folder: Path, source: str = SOURCE, checksums: Mapping[str, str] = SHA256) -> None:
    """All modules or none, from the address `source` into `folder`.

    Raises:
        WrongContentError: A checksum differs.
        OSError: The address cannot be reached (urllib.error.URLError), or the folder not be written.
    """
    found = {name: _read(f"{source}/{name}") for name in checksums}
    for name, content in found.items():
        digest = hashlib.sha256(content).hexdigest()
        if digest != checksums[name]:
            raise WrongContentError(f"{source}/{name} has the checksum {digest} and not {checksums[name]}.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        (folder / name).write_bytes(content)


def _read(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310  # the address is ours
        content: bytes = answer.read()
    return content


def main() -> int:
    try:
        bring(GENUINE_MODULES)
    except (OSError, WrongContentError) as error:
        print(f"The genuine modules were not brought: {error}\nCopy them by hand to {GENUINE_MODULES}, or go on without them.")
        return 1
    print(f"The genuine modules are in {GENUINE_MODULES}: from now on tests and programs run with them. Delete them to go back.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
