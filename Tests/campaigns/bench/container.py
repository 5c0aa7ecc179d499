"""The platform's container, as far as measured scripts need it: runs a unified script again and again in one process.

The war room of local_xsoar is not used: it keeps what the platform's server keeps, and its time and memory would count.
What a script gives back is written as JSON, as the platform's container does, and only counted.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_xsoar.platform import PlatformModules

UTILS = Path(__file__).resolve().parents[3] / "Utils"
XSIAM_DOMAIN = "xsiam.invalid"
LICENSE = {"Http_Connector.token": "local-xsoar", "Http_Connector.url": XSIAM_DOMAIN}
ERROR_ENTRY = 4
INVESTIGATION = "bench"
NEXT_TRIGGER = "nextTrigger"


class CommandError(Exception):
    """The script gave back an error."""


class Container:
    """One container of an integration instance.

    Attributes:
        last_run: What the script has saved for its next run.
        rows: How many rows the entries held, or their file.
    """

    def __init__(self, script: str, modules: str | None, params: dict[str, Any]) -> None:
        self._script = Path(script)
        self._modules = _platform_modules(modules)
        self._params = params
        self._folder = tempfile.TemporaryDirectory(prefix="bench_")
        self.last_run: dict[str, Any] = {}
        self.rows = 0
        self._error = ""

    @property
    def wants_to_run_again(self) -> bool:
        """Whether the last fetch has left something behind and asks for the next one at once."""
        return NEXT_TRIGGER in self.last_run

    def run(self, command: str, args: dict[str, str]) -> None:
        """Raises: CommandError."""
        with suppress(SystemExit):  # return_error ends a command this way
            self._modules.run(self._script, self._server_functions(command, args), Path(self._folder.name))
        if self._error:
            raise CommandError(self._error)

    def _server_functions(self, command: str, args: dict[str, str]) -> dict[str, Any]:
        context = {"params": self._params, "args": args, "context": {"IntegrationBrand": "Absolute"}, "integration": True}
        return {
            "command": lambda: command,
            "params": lambda: context["params"],
            "args": lambda: context["args"],
            "callingContext": context,
            "is_debug": False,
            "demistoVersion": lambda: {"version": "8.9.0", "buildNumber": "1"},
            "getLicenseCustomField": LICENSE.get,
            "getLastRun": lambda: {name: value for name, value in self.last_run.items() if name != NEXT_TRIGGER},
            "setLastRun": lambda state: setattr(self, "last_run", json.loads(json.dumps(state))),
            "results": self._take,
            "uniqueFile": lambda: str(uuid.uuid4()),
            "investigation": lambda: {"id": INVESTIGATION},
            **dict.fromkeys(("updateModuleHealth", "debug", "info", "error", "log"), lambda *_, **__: None),
        }

    def _take(self, results: Any) -> None:
        with Path(os.devnull).open("w", encoding="utf-8") as nobody:
            json.dump(results, nobody)
        for entry in results if isinstance(results, list) else [results]:
            if isinstance(entry, dict) and entry.get("Type") == ERROR_ENTRY:
                self._error = str(entry.get("Contents"))
            elif isinstance(entry, dict) and str(entry.get("File")).endswith(".json"):
                # A list that is too long for an entry, of which the entry held the first rows: one row a line.
                with (Path(self._folder.name) / f"{INVESTIGATION}_{entry['FileID']}").open(encoding="utf-8") as lines:
                    self.rows = sum(line.startswith("{") for line in lines)
            elif isinstance(entry, dict) and isinstance(entry.get("Contents"), list):
                self.rows += len(entry["Contents"])


def _platform_modules(folder: str | None) -> PlatformModules:
    """From the file of local_xsoar.platform alone: its package would load what a container does not have."""
    spec = importlib.util.spec_from_file_location("platform_modules", UTILS / "local_xsoar" / "platform.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    modules: PlatformModules = module.PlatformModules(folder)
    return modules
