"""The credentials of an API token, and how they are read from what the console gives to download.

The form of its `.token` file is not documented. So any text is taken from which one Token ID and one key can be read without
doubt; where there is any, nothing is guessed. Texts of errors never repeat what may be a secret.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path

from command_line.outcome import RefusedError

MAX_BYTES = 64 * 1024
UUID = re.compile(r"(?<![\w+/-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w+/-])", re.IGNORECASE)
PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
ADDRESS = re.compile(r"\S+://\S+|\S+@\S+\.\S+")
# A value that the text itself calls the secret, and what stands behind it in its line.
CALLED_SECRET = re.compile(
    r"(?:secret(?:[ _-]?value)?|key)(?: *\([^)\n]*\))?[\"']?\s*[:=]\s*[\"']?([^\s\"',;}]{16,})([^\n]*)", re.IGNORECASE
)
# Secrets are shown as base64 (RFC 4648).
LIKE_A_SECRET = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}={0,2}(?![A-Za-z0-9+/_=-])")
NEXT_LABEL = re.compile(r"[A-Za-z][A-Za-z _-]*[\"']?\s*[:=]")
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class CredentialsError(RefusedError):
    """The credentials cannot be read; the text says why, and never shows them."""


@dataclass(frozen=True)
class Credentials:
    """A token: `secret_key` of a symmetric one (HS256), `private_key` as PEM of an asymmetric one (ES256)."""

    token_id: str
    secret_key: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)

    @property
    def kind(self) -> str:
        return "asymmetric (ES256)" if self.private_key else "symmetric (HS256)"


def read_token_file(path: Path) -> Credentials:
    """The credentials in a file. Raises CredentialsError."""
    return read_credentials(read_text(path), str(path))


def read_credentials(text: str, source: str) -> Credentials:
    """The credentials in a text; `source` names it in errors. Raises CredentialsError."""
    blocks = {found[1]: found[0] for found in PEM.finditer(text)}
    rest = PEM.sub(" ", text)
    token_id = _token_id(rest, source)
    rest = ADDRESS.sub(" ", UUID.sub(" ", rest))
    private = [block for label, block in blocks.items() if label.endswith("PRIVATE KEY")]
    if len(private) > 1:
        raise CredentialsError(f"{source} holds several private keys.")
    if private:
        return Credentials(token_id, private_key=private[0])
    if blocks:
        raise CredentialsError(f"{source} holds a {' and a '.join(blocks)}; what signs is the private key.")
    return Credentials(token_id, secret_key=_secret(rest, source))


def read_private_key(path: Path) -> str:
    """The text of a file with a PEM private key. Raises CredentialsError."""
    text = read_text(path)
    if not holds_private_key(text):
        labels = [found[1] for found in PEM.finditer(text)]
        what = f"holds a {' and a '.join(labels)}" if labels else "is no PEM file"
        raise CredentialsError(f"{path} {what}; a private key is needed.")
    return text


def holds_private_key(text: str) -> bool:
    return any(found[1].endswith("PRIVATE KEY") for found in PEM.finditer(text))


def checked_token_id(text: str) -> str:
    """Raises CredentialsError when it is no UUID."""
    if not UUID.fullmatch(text):
        raise CredentialsError(
            "A Token ID looks like 0a0a0a0a-1111-4222-8333-000000000001. The console shows it in Settings > API management."
        )
    return text.lower()


def read_text(path: Path) -> str:
    """Raises CredentialsError."""
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CredentialsError(f"{path} cannot be read: {error.strerror}.") from None
    return decoded(content, str(path))


def decoded(content: bytes, source: str) -> str:
    """The text of a small file, in UTF-8 or, as Windows writes it, in UTF-16. Raises CredentialsError."""
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding) if len(content) <= MAX_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        raise CredentialsError(f"{source} is not the text of a token: it is empty, too long, or no text.")
    return text


def _token_id(text: str, source: str) -> str:
    found = {one.lower() for one in UUID.findall(text)}
    if len(found) != 1:
        raise CredentialsError(
            f"{source} holds {len(found) or 'no'} UUID{'s' if len(found) > 1 else ''}, so the Token ID is not certain. "
            "Type Token ID and key instead."
        )
    return found.pop()


def _secret(text: str, source: str) -> str:
    called: dict[str, str] = dict(CALLED_SECRET.findall(text))
    # Blanks within a secret are not expected: what follows it must be something else.
    plain = {value for value, behind in called.items() if not re.search(r"\w", behind) or NEXT_LABEL.search(behind)}
    found = plain if called else {value for value in LIKE_A_SECRET.findall(text) if not value.isalpha() or len(value) >= 32}
    if len(found) != 1 or len(called) > 1:
        raise CredentialsError(
            f"{source} holds {max(len(called), len(found)) or 'no'} text{'s' if len(found) > 1 else ''} that could be the Secret "
            "Key, so it is not certain. Type Token ID and key instead."
        )
    return found.pop()
