"""Reads both directions of a PostgreSQL connection, to find the answers that end a transaction with a write."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

WRITE = re.compile(rb"\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|UPDATE\s+\S+\s+\S+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE)
COMMIT = re.compile(rb"^\s*(COMMIT|END)\b", re.IGNORECASE)
CODES_WITHOUT_STARTUP = (80877103, 80877104)  # SSLRequest and GSSENCRequest: a one-byte answer, then the next request
IDLE = b"I"


@dataclass
class Messages:
    """Cuts a stream into messages. A message has a type of one byte and a length that includes itself. A start-up
    request has no type."""

    typed: bool
    rest: bytes = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bytes, bytes]]:
        """Yields the type (empty in a start-up request), the body, and the whole message."""
        self.rest += data
        found = []
        while len(self.rest) >= 4 + self.typed:
            kind = self.rest[: int(self.typed)]
            end = self.typed + int.from_bytes(self.rest[self.typed : self.typed + 4], "big")
            if len(self.rest) < end:
                break
            whole, self.rest = self.rest[:end], self.rest[end:]
            body = whole[self.typed + 4 :]
            found.append((kind, body, whole))
            if not self.typed and int.from_bytes(body[:4], "big") not in CODES_WITHOUT_STARTUP:
                self.typed = True
        return found


@dataclass
class Commits:
    """One connection. Answers pass through `answered`, which, while armed, holds back those that report a commit."""

    requests: Messages = field(default_factory=lambda: Messages(typed=False))
    answers_read: Messages = field(default_factory=lambda: Messages(typed=True))
    statements: dict[bytes, bytes] = field(default_factory=dict)
    wrote: bool = False  # since the connection was idle
    flush: bool = False  # the client waits for answers although its transaction has not ended
    held: bytes = b""

    def sent(self, data: bytes) -> None:
        """Takes data that the client has sent."""
        for kind, body, _ in self.requests.feed(data):
            if kind == b"P":
                name, statement, _ = body.split(b"\0", 2)
                self.statements[name] = statement
            elif kind == b"B":
                self.note(self.statements.get(body.split(b"\0", 2)[1], b""))
            elif kind == b"Q":
                self.note(body)
            elif kind == b"H":
                self.flush = True

    def note(self, statement: bytes) -> None:
        if WRITE.search(statement) or COMMIT.search(statement):
            self.wrote = True

    def answered(self, data: bytes, armed: bool) -> tuple[bytes, bool]:
        """The part of an answer that the client may see, and whether the answer to a commit was held back. In that case
        the connection is to be cut. If not armed, everything passes."""
        if not self.requests.typed:  # the one-byte answer to a request for TLS
            return data, False
        passed = b""
        for kind, body, whole in self.answers_read.feed(data):
            self.held += whole
            if kind != b"Z":
                continue
            idle = body[:1] == IDLE
            if armed and idle and self.wrote:
                self.held = b""
                return passed, True
            passed, self.held = passed + self.held, b""
            if idle:
                self.wrote = False
            self.flush = False
        if not armed or self.flush or not self.wrote:
            passed, self.held = passed + self.held, b""
        return passed, False
