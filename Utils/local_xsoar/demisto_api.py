"""The functions that the server offers to a running command as `demisto`.

One table for every set of platform modules: a function that is not in it is refused by name. Functions that only
scripts have (executeCommand, setContext ...) are not in it, as on the platform.
"""

import copy
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local_xsoar.behaviour import NEWEST
from local_xsoar.command_run import METRICS, Entry
from local_xsoar.server import Instance, Investigation

XSIAM_DOMAIN = "xsiam.invalid"  # the collector API is https://api-<domain>; see local_xsoar.xsiam
SERVER_VERSION = {"version": NEWEST.version, "buildNumber": "1", "platform": "xsoar"}
LICENSE_FIELDS = {"Http_Connector.token": "local-xsoar", "Http_Connector.url": XSIAM_DOMAIN}
RUN_DURATION_MINUTES = 5
NEXT_TRIGGER = "nextTrigger"  # a key of lastRun: the seconds after which the next run is wanted


@dataclass
class Call:
    """One execution of one command."""

    instance: Instance
    investigation: Investigation
    command: str
    args: dict[str, Any]
    parent_entry: dict[str, Any] = field(default_factory=dict)  # what schedules it, empty for a typed command
    entries: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)  # how many API calls had which outcome
    logs: list[tuple[str, str]] = field(default_factory=list)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    last_run: dict[str, Any] | None = None  # what the command has set

    def results(self, results: Any) -> None:
        """Takes one result or a list of them. Raises TypeError or ValueError for what JSON cannot carry."""
        for entry in (_as_entry(one) for one in (results if isinstance(results, list) else [results]) if one is not None):
            if Entry(entry).type == METRICS:
                self.metrics += entry["APIExecutionMetrics"]
            else:
                self.entries.append(entry)

    def end(self) -> None:
        """Hands over what the server takes only now, and only of a run without an error: fetched incidents, then lastRun.

        An incident names the instance that fetched it. Source of the order: "Set Last Run" in the platform's documentation of
        fetching incidents. So incidents can come twice when the server dies between the two, and none can be lost.
        """
        if any(Entry(entry).is_error for entry in self.entries):
            return
        source = {"sourceBrand": self.instance.brand, "sourceInstance": self.instance.name}
        self.instance.take_incidents([incident | source for incident in self.incidents])
        if self.last_run is not None and self._is_incident_fetch:
            self.instance.set_last_run(self.last_run)

    def server_functions(self) -> dict[str, Any]:
        """What `demisto` offers while this call runs."""
        context = self._calling_context()  # CommonServerPython puts other objects into it, and these are seen from then on
        instance, investigation = self.instance, self.investigation
        return {
            "command": lambda: self.command,
            "params": lambda: context["params"],
            "args": lambda: context["args"],
            "results": self.results,
            "callingContext": context,
            "is_debug": False,
            **{name: self._log(name) for name in ("debug", "info", "error")},
            "log": self._log("info"),
            # of the instance
            "getLastRun": self._get_last_run,
            "setLastRun": self._set_last_run,
            "getIntegrationContext": lambda: copy.deepcopy(instance.integration_context),
            "setIntegrationContext": self._set_integration_context,
            "getIntegrationContextVersioned": lambda refresh=False: {
                "context": copy.deepcopy(instance.integration_context),
                "version": instance.integration_context_version,
            },
            "setIntegrationContextVersioned": self._set_integration_context,
            "incidents": lambda incidents=None: self.incidents.extend(_json(incidents or [])),
            "updateModuleHealth": lambda data, *_args, **_kwargs: instance.health.append(_json(data)),
            # of the investigation
            "investigation": lambda: {"id": investigation.id},
            "context": lambda: copy.deepcopy(investigation.context.data),
            # of the server
            "demistoVersion": lambda: dict(SERVER_VERSION),
            "uniqueFile": lambda: str(uuid.uuid4()),
            "getLicenseCustomField": LICENSE_FIELDS.get,
        }

    def _calling_context(self) -> dict[str, Any]:
        brand = self.instance.integration.id
        return {
            "integration": True,
            "command": self.command,
            "params": copy.deepcopy(self.instance.params),
            "args": copy.deepcopy(self.args),
            "context": {
                "IntegrationBrand": brand,
                "IntegrationInstance": self.instance.name,
                "ScriptName": "",
                "DockerImage": self.instance.integration.docker_image,
                "ExecutedCommands": [{"moduleBrand": brand, "name": self.command}],
                "Inv": {"id": self.investigation.id},
                "ParentEntry": self.parent_entry,
                "runDuration": RUN_DURATION_MINUTES,
            },
        }

    @property
    def _is_incident_fetch(self) -> bool:
        return self.command == "fetch-incidents"

    def _get_last_run(self) -> dict[str, Any]:
        """What was set last, without nextTrigger: the server takes that out between two runs."""
        last_run = self.instance.last_run if self.last_run is None else self.last_run
        return {key: copy.deepcopy(value) for key, value in last_run.items() if key != NEXT_TRIGGER}

    def _set_last_run(self, last_run: dict[str, Any]) -> None:
        """Kept at once, but that of fetch-incidents (see `end`)."""
        kept = self.last_run = _json(last_run)
        if not self._is_incident_fetch:
            self.instance.set_last_run(kept)

    def _set_integration_context(self, context: dict[str, Any], version: int = -1, sync: bool = False) -> None:
        """Raises ValueError when `version` is not the stored one: somebody else has written since."""
        instance = self.instance
        if self.command == "test-module":  # the platform gives the test button no integration context
            return
        if version not in (-1, instance.integration_context_version):
            raise ValueError(f"Version {version} of the integration context is not the stored one.")
        instance.set_integration_context(_json(context))

    def _log(self, level: str) -> Callable[..., None]:
        return lambda *message: self.logs.append((level, " ".join(str(part) for part in message)))


def _as_entry(result: Any) -> dict[str, Any]:
    if isinstance(result, dict):
        return _json(result)
    text = result if isinstance(result, str) else json.dumps(result, allow_nan=False)
    return {"Type": 1, "ContentsFormat": "text", "Contents": text}


def _json(value: Any) -> Any:
    """What arrives at the server, which speaks JSON to the command."""
    return json.loads(json.dumps(value, allow_nan=False))
