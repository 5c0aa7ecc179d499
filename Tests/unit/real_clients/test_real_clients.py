"""The runner of real clients, with invented ones: theirs are not part of this repository."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from local_absolute import LocalTenant
from real_clients.__main__ import report
from real_clients.existing_pack import run_pack
from real_clients.mcp_server import tool_calls
from real_clients.outcome import Outcome
from real_clients.signing_samples import SampleError, code_sections, filled_in, run_samples
from real_clients.singer_tap import records, run_tap

UTILS = Path(__file__).resolve().parents[3] / "Utils"
# As the document has its samples: code in HTML, with line breaks as elements, and a place for the request.
SCRIPT = """import base64, hashlib, hmac, json, time, urllib.request<br/><br>
token_id = ""
token_secret = ""
<br/>
### Code snippet from "Update the request example" defining the "request" variable goes here ...
header = {"alg": "HS256", "kid": token_id, "method": "GET", "content-type": "application/json", "uri": request["uri"],
          "query-string": request["queryString"], "issuedAt": round(time.time() * 1000)}
encode = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
signed = encode(json.dumps(header).encode()) + "." + encode(b"{}")
signature = encode(hmac.new(token_secret.encode(), signed.encode(), hashlib.sha256).digest())
# Update the request_url, if required:
request_url = "https://api.absolute.com/jws/validate"
print(urllib.request.urlopen(request_url, (signed + "." + signature).encode()).status &lt; 300)"""
REQUEST = 'request = {"uri": "/v3/reporting/devices", "queryString": "esnStartsWith=56be8d1f&select=esn"}'


def section(name: str, code: str) -> str:
    return f'<section id="sec-{name}" class="tab">\n<p>Do this:</p><pre class="codeblock">{code}</pre>\n</section>'


def document(folder: Path, script: str = SCRIPT, request: str = REQUEST) -> Path:
    names = {"pythonSymmetric": script, "pythonAsymmetric": script, "pythonEx1": request, "pythonEx2": request}
    description = "".join(section(name, code) for name, code in names.items())
    file = folder / "openapi.json"
    file.write_text(json.dumps({"info": {"description": description}}))
    return file


def samples(folder: Path, file: Path) -> list[Outcome]:
    return list(run_samples(file, {"Python": sys.executable}, "", folder))


def test_code_is_taken_out_of_the_document() -> None:
    text = section("one", "a = 1<br>b = a &lt; 2<br/>\n") + "<section id='other'></section>" + section("two", "x")
    assert code_sections(text) == {"one": "a = 1\nb = a < 2\n\n", "two": "x"}


def test_samples_are_run_as_published(tmp_path: Path) -> None:
    first, second, *asymmetric = samples(tmp_path, document(tmp_path))
    for outcome in (first, second):
        assert (outcome.said, outcome.problems, outcome.refused) == ("True", [], [])
        assert [(call.path, call.status) for call in outcome.calls] == [("/v3/reporting/devices", 200)]
    assert [outcome.problems for outcome in asymmetric] == [["the sample has no place for the private key"]] * 2


def test_a_sample_that_is_refused_is_a_problem(tmp_path: Path) -> None:
    outcome = samples(tmp_path, document(tmp_path, SCRIPT.replace("hashlib.sha256", "hashlib.sha1")))[0]
    assert [call.status for call in outcome.refused] == [401]
    assert "HTTP Error 401" in outcome.problems[0]
    assert "401  GET /v3/reporting/devices?esnStartsWith=56be8d1f&select=esn" in report(outcome)


def test_a_sample_that_calls_nobody_is_a_problem(tmp_path: Path) -> None:
    outcome = samples(tmp_path, document(tmp_path, request="raise SystemExit(0)"))[0]
    assert outcome.problems == ["no call arrived"]


def test_other_samples_than_those_that_are_known(tmp_path: Path) -> None:
    token = LocalTenant(devices=0).tokens.create_symmetric()
    with pytest.raises(SampleError, match="no code in its section x"):
        filled_in({"y": ""}, "x", "y", "http://127.0.0.1:1", token, tmp_path)
    with pytest.raises(SampleError, match="no place for the request"):
        filled_in({"x": "token_id = ''", "y": ""}, "x", "y", "http://127.0.0.1:1", token, tmp_path)


def test_a_node_sample_is_led_to_the_tenant(tmp_path: Path) -> None:
    token = LocalTenant(devices=0).tokens.create_asymmetric()
    script = (
        "const https = require('https');\n/**** Code snippet from \"Update the request example\" ****/\n"
        'const tokenId = "";\nconst filePath = "";\nconst hostname = "api.absolute.com";\nport: 443,'
    )
    text = filled_in({"x": script, "y": "const request = 1;"}, "x", "y", "http://127.0.0.1:8080", token, tmp_path)
    key = tmp_path / f"{token.id}.pem"
    assert text == (
        f"const https = require('http');\nconst request = 1;\nconst tokenId = \"{token.id}\";\n"
        f'const filePath = "{key}";\nconst hostname = "127.0.0.1";\nport: 8080,'
    )
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_tap_must_read_everything(tmp_path: Path) -> None:
    package = tmp_path / "tap_absolute_software"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "tap.py").write_text(
        "import json\nprint(json.dumps({'type': 'SCHEMA', 'stream': 'devices-advanced'}))\n"
        "for _ in range(60): print(json.dumps({'type': 'RECORD', 'stream': 'devices-advanced', 'record': {}}))\n"
    )
    for outcome in run_tap(tmp_path, sys.executable, tmp_path):
        assert outcome.said == "records: {'devices-advanced': 60}"
        assert outcome.problems == ["0 records of applications, not 569"]
    assert records("noise\n{}\n") == {}


def test_tools_of_the_mcp_server_are_called_with_what_the_tenant_has() -> None:
    tenant = LocalTenant(devices=3)
    calls = list(tool_calls(tenant))
    made = {tool for tool, _ in calls}
    references = [
        value.removeprefix("of ") for _, arguments in calls for value in arguments.values() if str(value).startswith("of ")
    ]
    assert references
    assert made.issuperset(references)
    assert ("get_device_cdf", {"deviceUid": tenant.devices[0]["deviceUid"]}) in calls


def test_what_is_missing_is_named() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "real_clients"], env={"PYTHONPATH": str(UTILS)}, capture_output=True, text=True, check=True
    )
    assert [line.partition(":")[0] for line in ended.stdout.splitlines() if line] == [
        "signing samples",
        "Singer tap",
        "existing pack",
        "MCP server",
    ]
    assert "github.com/Slalom-Consulting/tap-absolute-software" in ended.stdout


DEVICE = "00000000-0000-4000-8000-000000000001"
PLAYBOOK = """id: Their test
version: -1
name: Their test
starttaskid: "0"
tasks:
  "0": {{id: "0", taskid: a, type: start, task: {{id: a, name: "", iscommand: false, brand: ""}}, nexttasks: {{"#none#": ["1"]}}}}
  "1":
    id: "1"
    taskid: b
    type: regular
    task: {{id: b, name: get, script: Absolute|||{command}, type: regular, iscommand: true, brand: Absolute}}
    scriptarguments: {{device_ids: {{simple: {device}}}}}
inputs: []
outputs: []
"""


def theirs(folder: Path, command: str, *examples: str) -> list[Outcome]:
    (folder / "TestPlaybooks").mkdir()
    (folder / "Integrations" / "Absolute").mkdir(parents=True)
    (folder / "TestPlaybooks" / "playbook.yml").write_text(PLAYBOOK.format(command=command, device=DEVICE))
    (folder / "Integrations" / "Absolute" / "command_examples.txt").write_text("\n".join(examples))
    return list(run_pack(folder, folder))


def test_the_existing_packs_own_tests_and_examples_run_on_this_pack(tmp_path: Path) -> None:
    played, asked = theirs(tmp_path, "absolute-device-get", f"!absolute-device-get device_ids={DEVICE}")
    assert (played.problems, asked.problems) == ([], [])
    assert played.said == "start (#none#), get (#none#)"
    assert DEVICE not in asked.client


def test_what_fails_of_the_existing_pack_is_a_problem(tmp_path: Path) -> None:
    played, asked = theirs(tmp_path, "absolute-device-unenroll", "!absolute-device-get device_names=nowhere colour=blue")
    assert played.problems == []
    assert "colour" in asked.problems[0]
