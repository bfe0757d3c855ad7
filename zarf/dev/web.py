"""A web server that behaves as the path of a request asks for, well or badly:

    /ok                      200 and a small JSON document
    /status/CODE             that status
    /busy/CODE/SECONDS       that status with Retry-After: SECONDS; /busy-date/... with the date of that time instead
    /busy-once/CODE/SECONDS  likewise, but the next request to the same path gets 200
    /echo                    200 and the whole request, headers and body, as JSON
    /redirect/NAME           302 to one of REDIRECTS
    /large/BYTES             200 and a body of that many bytes; /bytes/HEX: a body of these bytes
    /endless-body            200 and an endless body, as fast as the client reads it; likewise
    /endless-headers         endless headers, /endless-line: one endless header, /endless-interim: endless answers 100
    /slow-body, /slow-head   one byte at a time, endlessly
    /silent                  reads the request and never answers
    /cut                     closes without an answer; /cut-head: within the headers, /cut-body: within the body
    /reset                   likewise with a reset
    /close-after             200, and then closes the connection that it promised to keep open
    /not-http                an answer that is not HTTP

Anything else is 404. A server may also close each connection at once, or never take part in a TLS handshake.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from zarf.dev.process import free_port

REDIRECTS = {
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "loopback": "http://[::1]/ok",
    "here": "/ok",
}
LONGEST_REQUEST = 4 << 20
SLOW_S = 0.05
Json = dict[str, Any]


@dataclass
class Request:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int
    tls: str  # the version, "" without

    def fields(self) -> Json:
        return {
            "method": self.method,
            "target": self.target,
            "headers": {name.lower(): value for name, value in self.headers},
            "names": [name for name, _ in self.headers],
            "body": self.body.decode("utf-8", "backslashreplace"),
            "connection": self.connection,
            "tls": self.tls,
        }


class WebServer:
    """context: enables TLS. mood "closing": closes each connection at once; "deaf": accepts and then does nothing."""

    def __init__(self, context: ssl.SSLContext | None = None, mood: str = "", host: str = "127.0.0.1") -> None:
        self.host, self.port = host, free_port()
        self.context = context
        self.mood = mood
        self.requests: list[Request] = []
        self.seen: set[str] = set()
        self.connections: dict[int, socket.socket] = {}
        self.accepted = 0
        self.lock = threading.Lock()
        self.listener: socket.socket | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://{self.host}:{self.port}"

    def start(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.listener = socket.create_server((self.host, self.port), family=family)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self) -> None:
        """Cuts all connections and stops listening; start() listens at the same address again."""
        listener, self.listener = self.listener, None
        if listener:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self.lock:
            connections, self.connections = self.connections, {}
        for connection in connections.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def take(self) -> list[Request]:
        """Returns the requests so far and forgets them."""
        with self.lock:
            requests, self.requests = self.requests, []
        return requests

    # On threads of the server

    def accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                wire = listener.accept()[0]
                with self.lock:
                    self.accepted += 1
                    number = self.accepted
                    self.connections[number] = wire
                threading.Thread(target=self.talk, args=(wire, number), daemon=True).start()

    def talk(self, wire: socket.socket, number: int) -> None:
        with wire, suppress(OSError, ValueError):
            if self.mood == "closing":
                return
            if self.mood == "deaf":
                threading.Event().wait()
            if self.context:
                wire = self.context.wrap_socket(wire, server_side=True)
                with self.lock:
                    self.connections[number] = wire
            with wire:
                while Exchange(self, wire, number).serve():
                    pass
        with self.lock:
            self.connections.pop(number, None)


class Exchange:
    """One request and its answer."""

    def __init__(self, server: WebServer, wire: socket.socket, number: int) -> None:
        self.server, self.wire, self.number = server, wire, number

    def read(self) -> Request | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.wire.recv(65536)
            if not more or len(data) > LONGEST_REQUEST:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        size = int(next((value for name, value in headers if name.lower() == "content-length"), "0"))
        while len(body) < size:
            more = self.wire.recv(65536)
            if not more:
                return None
            body += more
        method, target, _ = lines[0].split(" ")
        tls = (self.wire.version() or "") if isinstance(self.wire, ssl.SSLSocket) else ""
        return Request(method, target, headers, body, self.number, tls)

    def serve(self) -> bool:
        """Serves a request. False: the connection is to be closed."""
        request = self.read()
        if request is None:
            return False
        with self.server.lock:
            self.server.requests.append(request)
        words = request.target.partition("?")[0].strip("/").split("/")
        behave: Callable[[Request, list[str]], bool] | None = getattr(self, "do_" + words[0].replace("-", "_"), None)
        return behave(request, words[1:]) if behave else self.answer(404)

    def answer(self, status: int, body: bytes = b"", *headers: str, kind: str = "application/json") -> bool:
        lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}", f"Content-Type: {kind}", *headers]
        self.wire.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return True

    def do_ok(self, _request: Request, _words: list[str]) -> bool:
        return self.answer(200, b'{"ok":true}')

    def do_status(self, _request: Request, words: list[str]) -> bool:
        return self.answer(int(words[0]), b"" if words[0] in ("204", "304") else b"as asked")

    def do_busy(self, _request: Request, words: list[str]) -> bool:
        return self.answer(int(words[0]), b"busy", f"Retry-After: {words[1]}")

    def do_busy_date(self, _request: Request, words: list[str]) -> bool:
        return self.answer(
            int(words[0]), b"busy", f"Retry-After: {formatdate(time.time() + int(words[1]), usegmt=True)}"
        )

    def do_busy_once(self, request: Request, words: list[str]) -> bool:
        with self.server.lock:
            again = request.target in self.server.seen
            self.server.seen.add(request.target)
        return self.do_ok(request, []) if again else self.do_busy(request, words)

    def do_echo(self, request: Request, _words: list[str]) -> bool:
        return self.answer(200, json.dumps(request.fields()).encode())

    def do_redirect(self, _request: Request, words: list[str]) -> bool:
        return self.answer(302, b"", f"Location: {REDIRECTS[words[0]]}")

    def do_large(self, _request: Request, words: list[str]) -> bool:
        return self.answer(200, b"x" * int(words[0]), kind="text/plain")

    def do_bytes(self, _request: Request, words: list[str]) -> bool:
        return self.answer(200, bytes.fromhex(words[0]), kind="text/plain")

    def pour(self, begin: str, piece: bytes) -> bool:
        self.wire.sendall(begin.encode())
        while True:
            self.wire.sendall(piece)

    def do_endless_body(self, _request: Request, _words: list[str]) -> bool:
        return self.pour("HTTP/1.1 200 So\r\nContent-Type: text/plain\r\n\r\n", b"y" * 65536)

    def do_endless_headers(self, _request: Request, _words: list[str]) -> bool:
        return self.pour("HTTP/1.1 200 So\r\n", b"X-More: and more\r\n" * 1000)

    def do_endless_line(self, _request: Request, _words: list[str]) -> bool:
        return self.pour("HTTP/1.1 200 So\r\nX-More: ", b"z" * 65536)

    def do_endless_interim(self, _request: Request, _words: list[str]) -> bool:
        return self.pour("", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    def drip(self, begin: str, piece: bytes) -> bool:
        self.wire.sendall(begin.encode())
        while True:
            time.sleep(SLOW_S)
            self.wire.sendall(piece)

    def do_slow_body(self, _request: Request, _words: list[str]) -> bool:
        return self.drip("HTTP/1.1 200 So\r\n\r\n", b"w")

    def do_slow_head(self, _request: Request, _words: list[str]) -> bool:
        return self.drip("HTTP/1.1 200 So\r\nX-Slow: ", b"w")

    def do_silent(self, _request: Request, _words: list[str]) -> bool:
        while self.wire.recv(65536):
            pass
        return False

    def do_cut(self, _request: Request, _words: list[str]) -> bool:
        return False

    def do_cut_head(self, _request: Request, _words: list[str]) -> bool:
        self.wire.sendall(b"HTTP/1.1 200 So\r\nContent-Le")
        return False

    def do_cut_body(self, _request: Request, _words: list[str]) -> bool:
        self.wire.sendall(b"HTTP/1.1 200 So\r\nContent-Length: 100\r\n\r\nonly this")
        return False

    def do_reset(self, _request: Request, _words: list[str]) -> bool:
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def do_close_after(self, request: Request, _words: list[str]) -> bool:
        """The client closes last: a socket that is closed with unread bytes resets the connection, and the answer. The
        end comes in one segment with the answer, so that the client cannot miss it."""
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        self.do_ok(request, [])
        self.wire.shutdown(socket.SHUT_WR)
        while self.wire.recv(65536):
            pass
        return False

    def do_not_http(self, _request: Request, _words: list[str]) -> bool:
        self.wire.sendall(b"220 mail.example ESMTP\r\n" * 10)
        return False
