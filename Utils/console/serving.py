"""The console on a loopback port."""

from __future__ import annotations

import secrets
import threading
from types import TracebackType
from typing import Any

from command_line.connection import Params
from local_absolute import LocalTenant
from werkzeug.serving import WSGIRequestHandler, make_server

from .application import create_app


class _QuietHandler(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Says nothing: the terminal belongs to the command."""


class Console:
    """Serves a tenant's pages on a free port of 127.0.0.1 while it is open, to whoever has its `url`."""

    def __init__(self, tenant: LocalTenant, params: Params | None = None) -> None:
        self._key = secrets.token_urlsafe(16)
        app = create_app(tenant, params, self._key)
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_QuietHandler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="console-http", daemon=True)

    @property
    def url(self) -> str:
        """With the key that lets in; a browser keeps it as a cookie."""
        return f"http://127.0.0.1:{self._server.server_port}/?key={self._key}"

    def __enter__(self) -> Console:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
