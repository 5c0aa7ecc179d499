"""The samples of the vendor's OpenAPI document, section "Create your request": signing in several languages.

Each is put together as the document tells its readers to: credentials and address filled in, one of the request examples put
into its place. HTTPS becomes HTTP, because the tenant is on loopback. PowerShell, Java and C# are not run.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local_absolute import LocalTenant, Token

from real_clients.outcome import Outcome, run

# The device of the document's example of a freeze.
EXAMPLE_DEVICE = "56be8d1f-2eb8-4e9b-bbd6-1aab032abcde"
_SECTION = re.compile(r'<section id="sec-(\w+)".*?</section>', re.DOTALL)
_BLOCK = re.compile(r'<pre class="codeblock">(.*?)</pre>', re.DOTALL)
_REQUEST_HERE = r'(.*Code snippet from "Update the request example".*)'


class SampleError(ValueError):
    """The document's samples are not those that this program knows."""


@dataclass(frozen=True)
class Language:
    """`requests` are the sections of its request examples; `suffix` is that of its scripts."""

    name: str
    scripts: tuple[str, ...]
    requests: tuple[str, ...]
    suffix: str


LANGUAGES = (
    Language("Python", ("pythonSymmetric", "pythonAsymmetric"), ("pythonEx1", "pythonEx2"), ".py"),
    Language("Node.js", ("nodejsSymmetric", "nodejsAsymmetric"), ("nodejsEx1", "nodejsEx2"), ".js"),
    Language("Bash", ("bashSymmetric",), ("bashEx1",), ".sh"),
)


def run_samples(document: Path, programs: dict[str, str], node_modules: str, folder: Path) -> Iterator[Outcome]:
    """Each sample with each request example; `programs` are those to run them with, by the language's name."""
    sections = code_sections(json.loads(document.read_text(encoding="utf-8"))["info"].get("description", ""))
    for language in LANGUAGES:
        if language.name in programs:
            for script in language.scripts:
                for request in language.requests:
                    yield _outcome(sections, language, script, request, programs[language.name], node_modules, folder)


def _outcome(
    sections: dict[str, str], language: Language, script: str, request: str, program: str, node_modules: str, folder: Path
) -> Outcome:
    name = f"{language.name} sample {script} with {request}"
    with LocalTenant(devices=3) as tenant:
        tenant.devices.add(deviceUid=EXAMPLE_DEVICE, esn="56BE8D1FAA00000001", agentStatus="A")
        token = tenant.tokens.create_asymmetric() if "Asymmetric" in script else tenant.tokens.create_symmetric()
        try:
            text = filled_in(sections, script, request, tenant.url, token, folder)
        except SampleError as error:
            return Outcome(name, "not run", [], [str(error)])
        file = folder / f"{script}_{request}{language.suffix}"
        file.write_text(text, encoding="utf-8")
        ended = run([program, str(file)], folder, {"NODE_PATH": node_modules} if node_modules else None)
        calls = list(tenant.requests)
    problems = [*ended.problems(), *([] if calls else ["no call arrived"])]
    return Outcome(name, ended.output.strip()[:200], calls, problems)


def code_sections(description: str) -> dict[str, str]:
    """The first block of code of each section, by the section's name."""
    found = {match[1]: _BLOCK.search(match[0]) for match in _SECTION.finditer(description)}
    return {name: _code(block[1]) for name, block in found.items() if block}


def _code(block: str) -> str:
    return html.unescape(re.sub(r"<br\s*/?>", "\n", block))


def filled_in(sections: dict[str, str], script: str, request: str, url: str, token: Token, folder: Path) -> str:
    """The script as the document tells its reader to make it. SampleError when it is not there, or not as it was."""
    if missing := [name for name in (script, request) if name not in sections]:
        raise SampleError(f"the document has no code in its section {' and '.join(missing)}")
    host, port = url.removeprefix("http://").split(":")
    text = _put("the request", sections[script], _REQUEST_HERE, sections[request])
    text = _put("the token ID", text, r'(?i)token_?id\s*=\s*"()"', token.id)
    if token.secret:
        text = _put("the secret key", text, r'(?i)token_?secret\s*=\s*"()"', token.secret)
    else:
        text = _put("the private key", text, r'(?i)file_?path\s*=\s*"()"', str(_key_file(token, folder)))
    if "require('https')" not in text:
        return _put("the address", text, r'(?i)request_url\s*=\s*"([^"]*)', f"{url}/jws/validate")
    text = _put("the host", text, r'hostname\s*=\s*"([^"]*)', host)
    text = _put("the port", text, r"port: (443)", port)
    return _put("the protocol", text, r"require\('(https)'\)", "http")


def _put(what: str, text: str, place: str, value: str) -> str:
    """The text with `value` in the first place that a pattern's group finds."""
    match = re.search(place, text)
    if match is None:
        raise SampleError(f"the sample has no place for {what}")
    return text[: match.start(1)] + value + text[match.end(1) :]


def _key_file(token: Token, folder: Path) -> Path:
    file = folder / f"{token.id}.pem"
    file.touch(mode=0o600)
    file.write_text(token.private_key_pem or "", encoding="ascii")
    return file


def found_programs(python: str, node_modules: str) -> dict[str, str]:
    """What there is to run samples with: the Bash one wants jq, curl and openssl, the Node.js ones jsrsasign."""
    bash = shutil.which("bash") if all(shutil.which(tool) for tool in ("jq", "curl", "openssl")) else None
    node = shutil.which("node") if node_modules else None
    return {name: program for name, program in (("Python", python), ("Node.js", node), ("Bash", bash)) if program}
