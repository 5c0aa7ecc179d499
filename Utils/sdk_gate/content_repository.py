"""A throw-away content repository, because demisto-sdk only works in a git repository and writes into it.

In it the pack is new: one commit with the configuration is origin/main, a second one on a branch adds the pack. So
`validate -g` runs the checks for added files too (RM110 is one), which `validate -i` skips without a word.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from pack_files import ROOT

PACK = Path("Packs/Absolute")
API_MODULES = Path("Packs/ApiModules")
INTEGRATION = PACK / "Integrations/Absolute"
CONFIGURATION = (Path(".demisto-sdk-conf"), Path("Config"), Path("Tests/conf.json"), Path("validation_config.toml"))
# As `python -m`. The SDK makes very many objects and keeps most of them: to look for garbage takes it a fifth of its time.
RUN_MODULE = """import gc, runpy, sys
gc.set_threshold(200_000, 50, 1000)
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)"""
NOT_CONTENT = shutil.ignore_patterns("__pycache__", "*.pyc")
KEPT = ROOT / ".cache" / "sdk_gate"
MOST_KEPT = 60  # three times what the gate and its tests run
WRITTEN = "{written}"


@dataclass(frozen=True)
class Done:
    """What a tool has printed, and the folder of what it has written."""

    returncode: int
    stdout: str
    stderr: str
    written: Path

    def forget(self) -> None:
        """The next run tries again."""
        shutil.rmtree(self.written.parent, ignore_errors=True)


class ContentRepository:
    """A copy of the pack in a git repository of its own. Paths are relative to `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "content"
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True)
        for path in CONFIGURATION:
            _copy(ROOT / path, self.folder / path)
        self.git("init", "--quiet", "--initial-branch=main")
        self._commit("configuration")
        self.git("remote", "add", "origin", str(self.folder / ".git"))
        self.git("fetch", "--quiet", "origin")
        self.git("switch", "--quiet", "--create", "pack")
        for pack in (PACK, API_MODULES):
            _copy(ROOT / pack, self.folder / pack)
        self.commit()

    def commit(self) -> None:
        """Make the present state of the files the one that the checks see."""
        self._commit("pack")

    def files(self) -> list[Path]:
        """The files of the pack and of its modules that the last commit has changed: after the first one, every file."""
        changed = ("diff-tree", "-r", "-z", "--no-commit-id", "--name-only", "--diff-filter=d", "HEAD", "--")
        return [Path(name) for name in self.git(*changed, str(PACK), str(API_MODULES)).split("\0") if name]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a Python module (`arguments[0]`) of the SDK or of its tools in the repository."""
        return subprocess.run(
            [sys.executable, "-c", RUN_MODULE, *arguments],
            cwd=self.folder,
            env=self._environment() | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def run_once(self, *arguments: str, **environment: str) -> Done:
        """As `run`, unless it was run on the same content before. WRITTEN in an argument is the folder for what it writes.

        A tool of the SDK takes ten seconds to say of the same content the same: `make clean` forgets it.
        """
        kept = KEPT / self._digest(*arguments, *(f"{name}={value}" for name, value in environment.items()))
        if not kept.exists():
            KEPT.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=KEPT.parent) as temporary:
                made = Path(temporary, kept.name)
                (made / "written").mkdir(parents=True)
                done = self.run(*(one.replace(WRITTEN, str(made / "written")) for one in arguments), **environment)
                printed = {"returncode": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
                (made / "done.json").write_text(json.dumps(printed))
                with contextlib.suppress(OSError):  # another process was faster
                    made.rename(kept)
            for old in sorted(KEPT.iterdir(), key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        return Done(**json.loads((kept / "done.json").read_text()), written=kept / "written")

    def _digest(self, *arguments: str) -> str:
        """Of all that an answer depends on: the files as they are and as they were committed, the tools, what they are to do."""
        commits = self.git("rev-parse", "HEAD^{tree}", "origin/main^{tree}")
        digest = hashlib.sha256(json.dumps([tools(), commits, arguments]).encode())
        for root in (*CONFIGURATION, PACK.parent):
            for path in sorted((self.folder / root).rglob("*")) or [self.folder / root]:
                if path.is_file():
                    content = path.read_bytes()
                    digest.update(f"\0{path.relative_to(self.folder)}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:20]

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints. Raises CalledProcessError when it fails."""
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=True).stdout

    def _commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def _environment(self) -> dict[str, str]:
        """The caller's, without what could lead git or the SDK elsewhere: a git hook sets GIT_INDEX_FILE, for one."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DEMISTO_", "GIT_", "PYTHON"))}
        return inherited | {
            "DEMISTO_SDK_CONTENT_PATH": str(self.folder),
            "DEMISTO_SDK_IGNORE_CONTENT_WARNING": "true",
            "DEMISTO_SDK_LOG_FILE_PATH": str(self._logs),
            "DEMISTO_SDK_SKIP_VERSION_CHECK": "true",
            "GIT_AUTHOR_NAME": "gate",
            "GIT_AUTHOR_EMAIL": "gate@example.com",
            "GIT_COMMITTER_NAME": "gate",
            "GIT_COMMITTER_EMAIL": "gate@example.com",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "PYTHONWARNINGS": "ignore",
        }


@cache
def tools() -> str:
    """A digest of the packages that are installed, and of our own programs."""
    versions = sorted(f"{one.name} {one.version}" for one in distributions())
    sources = [path.read_text("utf-8") for path in sorted((ROOT / "Utils").rglob("*.py"))]
    return hashlib.sha256(json.dumps([sys.version, versions, sources]).encode()).hexdigest()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=NOT_CONTENT)
    else:
        shutil.copy(source, target)
