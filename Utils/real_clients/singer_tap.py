"""The Singer tap `tap-absolute-software` (Slalom-Consulting): reads all devices and all applications, page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from local_absolute import ListOptions, LocalTenant, Options

from real_clients.outcome import Outcome, run

DEVICES = 60
# As it was written against: in 2023 the API ended a list with an empty page that repeated the cursor.
MODES = {
    "lists as they end today": Options(),
    "lists as they ended in 2023": Options(lists=ListOptions(last_page="repeated cursor")),
}


def run_tap(checkout: Path, python: str, folder: Path) -> Iterator[Outcome]:
    for name, options in MODES.items():
        with LocalTenant(devices=DEVICES, options=options) as tenant:
            token = tenant.tokens.create_symmetric()
            config = {"token_id": token.id, "token_secret": token.secret, "auth_url": f"{tenant.url}/jws/validate"}
            file = folder / "tap.json"
            file.touch(mode=0o600)
            file.write_text(json.dumps(config), encoding="utf-8")
            command = [python, "-m", "tap_absolute_software.tap", "--config", str(file)]
            ended = run(command, checkout, {"PYTHONPATH": str(checkout)})
            calls = list(tenant.requests)
            installed = sum(len(tenant.software.on(device)) for device in tenant.devices)
            expected = {"devices-advanced": len(tenant.devices), "applications": installed}
        read = records(ended.output)
        wrong = [f"{read[name]} records of {name}, not {count}" for name, count in expected.items() if read[name] != count]
        yield Outcome(f"Singer tap, {name}", f"records: {dict(read)}", calls, [*ended.problems(), *wrong])


def records(output: str) -> Counter[str]:
    """The number of records of each stream (Singer's format: one message a line)."""
    messages = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return Counter(message["stream"] for message in messages if message.get("type") == "RECORD")
