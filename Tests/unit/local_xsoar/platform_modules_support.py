"""For the tests of the platform modules: loads a folder's modules afresh, and answers HTTP on loopback."""

from __future__ import annotations

import importlib.util
import logging
import ssl
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

OWN_MODULES = Path(__file__).resolve().parents[3] / "Utils" / "local_xsoar" / "modules"


MODULE_NAMES = ("demistomock", "CommonServerPython")


def load(folder: Path, **demisto: Any) -> Any:
    """A fresh CommonServerPython of the folder. Its `demisto` is a fresh demistomock with these attributes replaced."""
    loaded, log_raises = {name: sys.modules.pop(name, None) for name in MODULE_NAMES}, logging.raiseExceptions
    try:
        vars(_execute(folder, "demistomock")).update(demisto)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the genuine module uses what is going
            common = _execute(folder, "CommonServerPython")
            vars(common).pop("_warnings_handler", None)  # with it the genuine module catches the process's warnings
        return common
    finally:
        logging.raiseExceptions = log_raises
        sys.modules.update({name: module for name, module in loaded.items() if module})


def _execute(folder: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def star_import(module: ModuleType) -> set[str]:
    """The names that `from module import *` gives."""
    return {name for name in vars(module) if not name.startswith("_")}


Answer = tuple[int, dict[str, str], bytes]  # status, headers, body


class Loopback:
    """An HTTP server, or one with TLS, that answers with `answer` and keeps what it was asked."""

    def __init__(self, answer: Callable[[str, str, bytes], Answer], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                loopback.requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, headers, content = answer(self.command, self.path, body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Tests are quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hangs up, or that does not trust us, is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    def __enter__(self) -> Loopback:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()


def echo(method: str, path: str, body: bytes) -> Answer:
    """Answers as the path says: /status/<code>/<kind of body>, or after a pause."""
    _, what, *details = path.split("?")[0].split("/")
    if what == "status":
        kind = details[1] if len(details) > 1 else "json"
        bodies = {"json": b'{"message": "as asked"}', "text": b"<html>no JSON</html>", "empty": b"", "xml": b"<a><b/></a>"}
        return int(details[0]), {"Content-Type": "application/json"}, bodies[kind]
    if what == "slow":
        time.sleep(0.3)
    return 200, {"Content-Type": "application/json"}, b'{"path": "%s", "body": "%s"}' % (path.encode(), body.hex().encode())


@contextmanager
def resolving(name: str) -> Iterator[None]:
    """While it is open, this host name is 127.0.0.1."""
    import socket

    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return resolve("127.0.0.1" if host == name else host, *args, **kwargs)

    with mock.patch.object(socket, "getaddrinfo", getaddrinfo):
        yield
