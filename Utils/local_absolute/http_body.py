"""The body of an HTTP request: of a given length, or chunked as some clients send it (RFC 9112, sections 6 and 7.1)."""

from __future__ import annotations

import re
from email.message import Message
from http import HTTPStatus
from typing import IO

# A chunk's size may be followed by extensions, which are ignored.
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_LINE = 8192
_MOST_TRAILERS = 100


class BodyError(ValueError):
    """A body that the server does not read; `status` says why. What follows on the connection cannot be told apart."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def read_body(headers: Message, stream: IO[bytes], longest: int) -> bytes:
    """The whole body, none without a header that announces one.

    BodyError: 413 when it is longer than `longest` bytes, 501 for a coding other than chunked, 400 for anything that is not
    well-formed, such as two lengths or a length beside a coding (RFC 9112 section 6.3).
    """
    codings: list[str] = headers.get_all("Transfer-Encoding", [])
    lengths: list[str] = headers.get_all("Content-Length", [])
    if len(codings) + len(lengths) > 1:
        raise BodyError(HTTPStatus.BAD_REQUEST)
    if codings:
        if codings[0].strip().lower() != "chunked":
            raise BodyError(HTTPStatus.NOT_IMPLEMENTED)
        return _read_chunks(stream, longest)
    return _read(stream, _length(lengths[0]) if lengths else 0, longest)


def _length(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return int(text)


def _read_chunks(stream: IO[bytes], longest: int) -> bytes:
    body = b""
    while size := _chunk_size(stream):
        body += _read(stream, size, longest - len(body))
        if _read(stream, 2, 2) != b"\r\n":
            raise BodyError(HTTPStatus.BAD_REQUEST)
    for _ in range(_MOST_TRAILERS):
        if stream.readline(_LONGEST_LINE) == b"\r\n":
            return body
    raise BodyError(HTTPStatus.BAD_REQUEST)


def _chunk_size(stream: IO[bytes]) -> int:
    line = _CHUNK.fullmatch(stream.readline(_LONGEST_LINE))
    if line is None:
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return int(line[1], 16)


def _read(stream: IO[bytes], size: int, longest: int) -> bytes:
    if size > longest:
        raise BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    read = stream.read(size)
    if len(read) < size:
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return read
