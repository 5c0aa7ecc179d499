"""Measured process: fetch-events of the integration, run after run until nothing is waiting."""

from __future__ import annotations

import gzip
import json
import sys
import time
from typing import Any
from unittest import mock

from local_xsoar import PlatformModules, WarRoom, load_integration, xsiam

from bench.process import TESTS

INTEGRATION = TESTS.parent / "Packs" / "Absolute" / "Integrations" / "Absolute"


def main() -> None:
    task = json.loads(sys.argv[1])
    arrived = 0

    def count(request: Any) -> list[Any]:
        """XSIAM's side costs the collector nothing: lines are counted, not read."""
        nonlocal arrived
        arrived += gzip.decompress(request.body).count(b"\n") + 1
        return []

    room = WarRoom(load_integration(INTEGRATION), task["params"], PlatformModules(task.get("modules")))
    runs, started = 0, time.perf_counter()
    with mock.patch.object(xsiam, "_events", count):
        while True:
            run = room.execute("fetch-events")
            runs += 1
            if run.error:
                sys.exit(run.error)
            if "nextTrigger" not in room.last_run:
                break
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "events": arrived, "runs": runs, "state_bytes": len(json.dumps(room.last_run))}))


if __name__ == "__main__":
    main()
