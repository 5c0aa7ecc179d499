"""python -m local_absolute, as a program."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import requests
from local_absolute.times import format_utc, parse_iso

UTILS = Path(__file__).parents[3] / "Utils"


@contextmanager
def program(*options: str) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-m", "local_absolute", "--devices=30", "--rate-limit=0", *options]
    with subprocess.Popen(arguments, cwd=UTILS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def call(url: str, token_id: str, key: str, path: str, query: str, algorithm: str = "HS256") -> Any:
    header = {
        "kid": token_id,
        "method": "GET",
        "content-type": "application/json",
        "uri": f"/v3{path}",
        "query-string": query,
        "issuedAt": int(time.time() * 1000),
    }
    compact = jwt.encode({}, key, algorithm=algorithm, headers=header)
    answer = requests.post(f"{url}/jws/validate", data=compact, headers={"Connection": "close"}, timeout=10)
    return answer.json()


def read_until(process: subprocess.Popen[str], end: str) -> str:
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith(end):
            break
    return text


def test_it_prints_what_a_client_needs_and_ends_cleanly() -> None:
    with program("--seed=7", "--clock-speed=60") as process:
        output = read_until(process, "Ctrl-C")
        values = dict(re.findall(r"^(\S.*?) {2,}(\S+)$", output, re.MULTILINE))
        key_file = Path(values["private key file"])
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        keys = [
            ("HS256", values["Token ID (HS256)"], values["Secret Key"]),
            ("ES256", values["Token ID (ES256)"], key_file.read_text(encoding="ascii")),
        ]
        for algorithm, token_id, key in keys:
            answer = call(values["URL"], token_id, key, "/reporting/devices", "pageSize=500", algorithm)
            assert len(answer["data"]) == 30
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    assert not key_file.exists()


def test_it_tells_a_program_in_json_and_has_events() -> None:
    options = ("--json", "--events=300000", "--events-hours=10", "--events-per-minute=600", "--latency=0.1", "--clock-speed=100")
    with program(*options) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["clock_speed"] == 100
        start = parse_iso(ready["clock_time"])
        assert abs(start - parse_iso(ready["host_time"])) < timedelta(minutes=5)

        def found(since: datetime, until: datetime) -> list[Any]:
            query = f"fromDateTimeUtc={format_utc(since)}&toDateTimeUtc={format_utc(until)}&pageSize=1000"
            started = time.monotonic()
            answer = call(ready["url"], ready["token_id"], ready["secret"], "/reporting/siem-events", query)
            assert time.monotonic() - started >= 0.1
            return list(answer["data"])

        hour = timedelta(hours=1)
        assert 400 < len(found(start - 5 * hour, start - 5 * hour + timedelta(minutes=1))) < 600
        assert found(start - 12 * hour, start - 11 * hour) == []
        deadline = time.monotonic() + 5
        while not found(start, start + hour) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert found(start, start + hour), "new ones arrive"
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert process.stdout.read() == ""


def test_siem_integration_can_be_off() -> None:
    with program("--json", "--siem-off") as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        query = "fromDateTimeUtc=2026-01-01T00:00:00.000Z&toDateTimeUtc=2026-01-02T00:00:00.000Z"
        answer = call(ready["url"], ready["token_id"], ready["secret"], "/reporting/siem-events", query)
        assert answer["message"] == "SIEM integration is not enabled"
