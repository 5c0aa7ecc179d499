"""The HTTP server: one endpoint, `POST /jws/validate`, which keeps connections open as the real one does."""

from __future__ import annotations

import contextlib
import io
import selectors
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .connection_input import ConnectionInput, stamp_arrivals
from .errors import EdgeError
from .faults import CloseConnectionError, ResetConnectionError
from .http_answer import HttpAnswer, edge_answer, error_answer, http_date
from .http_body import BodyError, read_body

JWS_PATH = "/jws/validate"
API_PREFIX = "/v3/"
MAX_BODY_BYTES = 10 * 2**20
# The time that the Date header of each answer tells.
Now = Callable[[], datetime]


@dataclass(frozen=True)
class Arrival:
    """From which address a request came in, and when: seconds since 1970."""

    source: str
    at: float


# (body of the POST, its arrival) -> answer
Application = Callable[[bytes, Arrival], HttpAnswer]


class HttpServer(ThreadingHTTPServer):
    """Serves an application on a loopback port until stopped; stopping closes open connections too."""

    daemon_threads = True
    request_queue_size = 128
    timeout = 0  # a connection that is gone again is not waited for

    def __init__(self, application: Application, now: Now, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.application = application
        self.now = now
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        self._stopping, self._stop = socket.socketpair()
        super().__init__((host, port), _Handler)
        self._thread = threading.Thread(target=self._serve, name="tenant-http", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def stop(self) -> None:
        self._stop.close()
        self._thread.join()
        self.server_close()
        with self._connections_lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # The peer was faster.
                    connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        """Until it is stopped. serve_forever() would look for that at intervals, which costs time, and a stop would wait."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._stopping, selectors.EVENT_READ)
            while not any(key.fileobj is self._stopping for key, _ in selector.select()):
                self.handle_request()

    def server_close(self) -> None:
        super().server_close()
        self._stop.close()
        self._stopping.close()

    def server_bind(self) -> None:
        """As socketserver does it; http.server would look up the host's name as well."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        stamp_arrivals(self.socket)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    server: HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._input = ConnectionInput(self.connection)
        self.rfile = io.BufferedReader(self._input)

    def parse_request(self) -> bool:
        """Its first line has just been read."""
        self._arrival = Arrival(self.client_address[0], self._input.arrived)
        return super().parse_request()

    def do_POST(self) -> None:
        try:
            body = read_body(self.headers, self.rfile, MAX_BODY_BYTES)
        except BodyError as error:
            self.close_connection = True
            self._answer(edge_answer(EdgeError(error.status)))
            return
        if self.path != JWS_PATH:
            self._answer(_unsigned(self.path))
            return
        try:
            self._answer(self.server.application(body, self._arrival))
        except CloseConnectionError:
            self.close_connection = True
        except ResetConnectionError:
            self._reset()

    def do_GET(self) -> None:
        self.close_connection = True
        self._answer(_unsigned(self.path))

    do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 (names given by http.server)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ValueError):
            # The client has gone, or stop() closed the connection.
            self.close_connection = True

    def finish(self) -> None:
        with contextlib.suppress(OSError):  # There is nobody left to flush to.
            super().finish()

    def log_message(self, *_: Any) -> None:
        """Says nothing: the tenant records the calls it gets."""

    def _answer(self, answer: HttpAnswer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", http_date(self.server.now() + answer.date_skew))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Sends RST: closes the connection with SO_LINGER 0 while nothing else holds its descriptor."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())


def _unsigned(path: str) -> HttpAnswer:
    """A call beside the endpoint for signed ones: the API asks who is calling, anywhere else is the web server's page."""
    return error_answer(401) if path.startswith(API_PREFIX) else edge_answer(EdgeError(403))
