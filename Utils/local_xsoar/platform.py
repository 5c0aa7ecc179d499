"""Runs a unified script the way the platform does: in a state as fresh as a new interpreter's.

The platform puts CommonServerPython, CommonServerUserPython and the integration's script one after the other
into one namespace, with `demisto` in reach, and runs them under the name "builtins". So does this module, with
our own modules or with the platform's genuine ones.
"""

import dataclasses
import gc
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

OWN_MODULES = Path(__file__).resolve().parent / "modules"
GENUINE_MODULES = Path(__file__).resolve().parents[2] / ".cache" / "genuine"  # `make genuine` brings them
MODULE_NAMES = ("demistomock", "CommonServerPython", "CommonServerUserPython")
SCRIPT_NAME = "builtins"
PURE_FUNCTIONS = {"get", "gets"}  # of demistomock; everything else there is the server's business


def modules_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that XSOAR_MODULES names; without it that of the genuine modules where they are, ours otherwise."""
    if named := environ.get("XSOAR_MODULES"):
        return Path(named).resolve()
    there = all((GENUINE_MODULES / f"{name}.py").is_file() for name in MODULE_NAMES[:2])
    return GENUINE_MODULES if there else OWN_MODULES


class PlatformModules:
    """demistomock, CommonServerPython and CommonServerUserPython from one folder.

    `folder`: one that holds the genuine modules; None for ours. CommonServerUserPython may be missing there.
    Raises FileNotFoundError when one of the other two is.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder).resolve() if folder else OWN_MODULES
        for name in MODULE_NAMES[:2]:
            if not self._path(name).is_file():
                raise FileNotFoundError(f"{self.folder} holds no {name}.py.")

    @classmethod
    def chosen(cls) -> "PlatformModules":
        """Those of `modules_folder`. Raises FileNotFoundError."""
        return cls(modules_folder())

    def run(self, script: Path, server_functions: Mapping[str, object], folder: Path) -> None:
        """Runs the unified script once in fresh copies of the modules, in `folder`.

        `server_functions` is what `demisto` offers. Whatever the script raises comes out, SystemExit too.
        """
        with _preserved_process(folder):
            demisto = self._demisto(server_functions)
            common = ModuleType("CommonServerPython")
            sys.modules.update({"demistomock": demisto, "CommonServerPython": common, "CommonServerUserPython": common})
            namespace = common.__dict__
            namespace["__name__"] = SCRIPT_NAME
            try:
                for name in MODULE_NAMES[1:]:
                    if self._path(name).is_file():
                        exec(_code(self._path(name)), namespace)  # noqa: S102  # what the platform does
                exec(_code(script), namespace)  # noqa: S102
            finally:
                # The genuine modules hook warnings.showwarning until this object dies: it must not outlive the command.
                namespace.pop("_warnings_handler", None)

    def _demisto(self, server_functions: Mapping[str, object]) -> ModuleType:
        """A fresh demistomock whose functions are the server's, or refuse by name."""
        module = ModuleType("demistomock")
        exec(_code(self._path("demistomock")), module.__dict__)  # noqa: S102
        for name, value in list(vars(module).items()):
            if isinstance(value, FunctionType) and not name.startswith("_") and name not in PURE_FUNCTIONS:
                setattr(module, name, _refusal(name))
        vars(module).update(server_functions)
        return module

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.py"


def _refusal(name: str) -> Callable[..., None]:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise NotImplementedError(f"demisto.{name}() is not part of the local XSOAR.")

    return refuse


@lru_cache(maxsize=64)
def _code(path: Path) -> CodeType:
    """The file's code, kept in `__pycache__` between processes. Its file name is the path, so coverage sees its lines."""
    code = SourceFileLoader(path.stem, str(path)).get_code(path.stem)
    assert code is not None  # a source file always has code
    return code


@lru_cache(maxsize=4096)
def _generated_code(text: str) -> CodeType:
    return compile(text, "<string>", "exec")


def _run_generated(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
    """What `exec` does. dataclasses writes each class's methods as text: to compile the same text anew for every command took
    half of the time of a short one."""
    exec(_generated_code(text), names, made)  # noqa: S102


@contextmanager
def _preserved_process(folder: Path) -> Iterator[None]:
    """Undoes what a command changes in the process: environment, working folder, modules, warning filters, logging, and how often
    the interpreter looks for garbage and changes threads."""
    garbage, switch_seconds = gc.get_threshold(), sys.getswitchinterval()
    environment, working_folder, log_raises = dict(os.environ), Path.cwd(), logging.raiseExceptions
    modules = {name: sys.modules.get(name) for name in MODULE_NAMES}
    os.chdir(folder)
    vars(dataclasses)["exec"] = _run_generated
    try:
        with warnings.catch_warnings():
            # A new interpreter does not speak of deprecations; the genuine modules use functions that are going.
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=SCRIPT_NAME)
            yield
    finally:
        vars(dataclasses).pop("exec", None)
        os.chdir(working_folder)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        logging.raiseExceptions = log_raises
        gc.set_threshold(*garbage)
        sys.setswitchinterval(switch_seconds)
        for name, module in modules.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
