"""Measured process: a command from the start of the process until the first byte of its first request is sent."""

import os
import sys
import time
from typing import Any

from bench.child import peak_mib, say, task
from bench.container import Container


def stop_at_first_byte(event: str, _args: tuple[Any, ...]) -> None:
    if event == "http.client.send":
        say({"cpu_seconds": time.process_time(), "peak_mib": peak_mib()})
        os._exit(0)


def main() -> None:
    asked = task()
    sys.addaudithook(stop_at_first_byte)
    Container(asked["script"], asked["modules"], asked["params"]).run(asked["command"], asked["args"])


if __name__ == "__main__":
    main()
