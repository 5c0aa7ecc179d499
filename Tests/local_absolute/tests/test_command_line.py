"""python -m local_absolute, as a program."""

from __future__ import annotations

import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import requests

TESTS = Path(__file__).parents[2]


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    options = ["--devices=30", "--seed=7", "--clock-speed=60", "--rate-limit=0"]
    arguments = [sys.executable, "-m", "local_absolute", *options]
    with subprocess.Popen(arguments, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        yield process
        process.kill()


def read_until(process: subprocess.Popen[str], end: str) -> str:
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith(end):
            break
    return text


def test_it_prints_what_a_client_needs_and_ends_cleanly(program: subprocess.Popen[str]) -> None:
    output = read_until(program, "Ctrl-C")
    values = dict(re.findall(r"^(\S.*?) {2,}(\S+)$", output, re.MULTILINE))
    key_file = Path(values["private key file"])
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    keys = [
        ("HS256", values["Token ID (HS256)"], values["Secret Key"]),
        ("ES256", values["Token ID (ES256)"], key_file.read_text(encoding="ascii")),
    ]
    for algorithm, token_id, key in keys:
        header = {
            "kid": token_id,
            "method": "GET",
            "content-type": "application/json",
            "uri": "/v3/reporting/devices",
            "query-string": "pageSize=500",
            "issuedAt": int(time.time() * 1000),
        }
        compact = jwt.encode({}, key, algorithm=algorithm, headers=header)
        answer = requests.post(f"{values['URL']}/jws/validate", data=compact, headers={"Connection": "close"}, timeout=10)
        assert len(answer.json()["data"]) == 30
    program.send_signal(signal.SIGINT)
    assert program.wait(5) == 0
    assert not key_file.exists()
