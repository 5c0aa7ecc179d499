"""Prepares integrations and scripts for the platform: runs `demisto-sdk prepare-content` and keeps its answers.

prepare-content takes seconds to start, so its answers are kept under `.cache/local_xsoar/<hash of everything it read>/`, and
what is missing there is made by one run.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "local_xsoar"
PACK_FILES = ("pack_metadata.json", "README.md", ".pack-ignore", ".secrets-ignore")
ITEM_SUFFIXES = {".py", ".yml", ".md", ".png"}
API_MODULE = re.compile(r"^from (\w+ApiModule) import \*", re.MULTILINE)
API_MODULES = Path("ApiModules", "Scripts")


class PrepareContentError(Exception):
    """`demisto-sdk prepare-content` refused the item; the text is what it printed."""


def unified_yamls(*folders: Path) -> list[Path]:
    """The unified YAML of each integration or script (`Packs/<Pack>/Integrations/<Name>`), made now or taken from the cache.

    Raises FileNotFoundError when a folder holds no manifest and PrepareContentError when the SDK refuses one.
    """
    for folder in folders:
        if not (folder / f"{folder.name}.yml").is_file():
            raise FileNotFoundError(f"{folder} is not the folder of an integration or a script: it has no {folder.name}.yml.")
    kept = {folder: CACHE / _content_hash(folder) / f"{folder.name}.yml" for folder in folders}
    if not all(path.is_file() for path in kept.values()):
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # who waits here finds what another process made
            if missing := {folder: path for folder, path in kept.items() if not path.is_file()}:
                _prepare(missing)
    return list(kept.values())


def api_modules(packs: Path, script: Path) -> list[str]:
    """The API modules that a script imports, and those that they import, each once, in the order in which they are found."""
    found: list[str] = []
    for name in API_MODULE.findall(script.read_text("utf-8")):
        module = packs / API_MODULES / name / f"{name}.py"
        found += [name, *api_modules(packs, module)] if module.is_file() else []
    return list(dict.fromkeys(found))


def _sources(folder: Path) -> Iterator[Path]:
    """The files that prepare-content reads, relative to the folder of the packs."""
    pack, packs = folder.parents[1], folder.parents[2]
    for name in PACK_FILES:
        if (pack / name).is_file():
            yield (pack / name).relative_to(packs)
    for path in sorted(folder.iterdir()):
        if path.suffix in ITEM_SUFFIXES and not path.name.endswith(("_test.py", "conftest.py")):
            yield path.relative_to(packs)
    script = folder / f"{folder.name}.py"
    for name in api_modules(packs, script) if script.is_file() else ():
        yield API_MODULES / name / f"{name}.py"


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256(version("demisto-sdk").encode())
    for source in _sources(folder):
        content = (folder.parents[2] / source).read_bytes()
        digest.update(f"\0{source.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:20]


def _prepare(kept: Mapping[Path, Path]) -> None:
    """Runs prepare-content on copies: the SDK then neither writes beside the sources nor asks git for a remote."""
    with tempfile.TemporaryDirectory(prefix="local_xsoar_") as temporary:
        packs, outputs = Path(temporary) / "Packs", Path(temporary) / "unified"
        outputs.mkdir()
        for folder in kept:
            for source in _sources(folder):
                (packs / source).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder.parents[2] / source, packs / source)
        sdk = Path(sys.executable).parent / "demisto-sdk"
        inputs = ",".join(str(packs / folder.relative_to(folder.parents[2])) for folder in kept)
        finished = subprocess.run(
            [sdk, "prepare-content", "-i", inputs, "-o", outputs],
            cwd=temporary,
            env=_environment(temporary),
            capture_output=True,
            text=True,
        )
        made = {path.stem.rpartition("-")[2]: path for path in outputs.iterdir()}  # some begin with the kind of item
        for folder, place in kept.items():
            if folder.name not in made:
                raise PrepareContentError(f"demisto-sdk prepare-content failed on {folder}:\n{finished.stdout}{finished.stderr}")
            publish(place, made[folder.name].read_text("utf-8"))


def _environment(temporary: str) -> dict[str, str]:
    return os.environ | {
        "DEMISTO_SDK_CONTENT_PATH": temporary,
        "DEMISTO_SDK_LOG_FILE_PATH": temporary,
        "DEMISTO_SDK_SKIP_VERSION_CHECK": "true",
        "DEMISTO_SDK_IGNORE_CONTENT_WARNING": "true",
        "DEMISTO_SDK_LOG_NO_COLORS": "true",
    }


def publish(path: Path, text: str) -> None:
    """Writes the file in one step, so that a worker running in parallel never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
