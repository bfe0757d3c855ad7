"""A real SMTP server that keeps the letters that it is sent, and has its moods by whom they are for.

    nobody@...       refused for good                     later@...   put off, always
    greylisted@...   put off the first time               full@...    refused once it has read the letter
    cut@...          the connection is cut                lost@...    the letter is kept, but nobody is told
    silent@...       no answer, ever                      mute@...    no answer, ever, once it has read the letter

Any other recipient is fine.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import ssl
import subprocess
import threading
import warnings
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from zarf.dev.process import free_port

# What it remarks about peers that go away, and about passwords without TLS, is what tests want it to meet.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module="aiosmtpd")

NOT_NOW = "451 4.7.1 come back later"
AT_RECIPIENT = {
    "nobody": "550-5.1.1 no such user\r\n550 5.1.1 ask the postmaster",
    "unknown": "550 5.1.1 <unknown@example.com>: Recipient address rejected",
    "later": NOT_NOW,
}
AT_END = {"full": "552 5.2.2 mailbox full"}


@dataclass(frozen=True)
class Letter:
    sender: str
    recipients: list[str]
    connection: int
    tls: bool
    login: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def text(self) -> str:
        """The body as a reader sees it."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@dataclass(frozen=True)
class Certificate:
    """Of its own making, for this machine by name and by address."""

    file: Path
    key: Path

    @staticmethod
    def make(folder: Path) -> Certificate:
        made = Certificate(folder / "mail.crt", folder / "mail.key")
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subprocess.run([*command, "-keyout", made.key, "-out", made.file], check=True, capture_output=True)
        return made

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


class Line(SMTP):
    """One connection, with a number."""

    server: MailServer
    number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self.number:
            self.number = next(self.server.numbers)
        self.server.lines[self.number] = self
        super().connection_made(transport)

    def cut(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class MailServer:
    """`tls`: offers STARTTLS, or with `at_once` speaks TLS from the first byte. `login`: user and password that it asks
    for."""

    def __init__(
        self, tls: Certificate | None = None, at_once: bool = False, login: tuple[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self.login = login
        self.letters: list[Letter] = []
        self.numbers = itertools.count(1)
        self.lines: dict[int, Line] = {}
        self.options: dict[str, Any] = {"hostname": "127.0.0.1", "port": self.port}
        if tls:
            self.options["ssl_context" if at_once else "tls_context"] = tls.context()
        if login:
            self.options |= {"auth_required": True, "authenticator": self.authenticate}
            self.options["auth_require_tls"] = bool(tls) and not at_once
        self.known: set[str] = set()
        self.asked: set[str] = set()  # every recipient that was named
        self.lock = threading.Lock()
        self.controller: Controller | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        server = self

        class Switchboard(Controller):
            def factory(self) -> SMTP:
                line = Line(server, **self.SMTP_kwargs)
                line.server = server
                return line

        self.controller = Switchboard(self, ready_timeout=60, **self.options)
        self.controller.start()

    def stop(self) -> None:
        """Away for a while: connections are cut; start() takes new ones at the same address."""
        if self.controller:
            self.controller.loop.call_soon_threadsafe(self.cut_all)
            self.controller.stop()
            self.controller = None

    def cut_all(self) -> None:
        for line in self.lines.values():
            line.cut()
        self.lines.clear()

    def take(self) -> list[Letter]:
        """The letters so far; they are then forgotten."""
        with self.lock:
            letters, self.letters = self.letters, []
        return letters

    # What aiosmtpd calls, on the server's own thread

    def authenticate(self, _smtp: SMTP, _session: Session, _envelope: Envelope, _method: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=good, handled=False, auth_data=data.login.decode() if good else None)

    async def handle_RCPT(
        self, smtp: Line, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked.add(address)
        mood = address.split("@")[0]
        if mood == "cut":
            smtp.cut()
        if mood == "silent":
            await asyncio.Event().wait()
        if mood == "greylisted" and address not in self.known:
            self.known.add(address)
            return NOT_NOW
        if mood in AT_RECIPIENT:
            return AT_RECIPIENT[mood]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: Line, session: Session, envelope: Envelope) -> str:
        moods = {address.split("@")[0] for address in envelope.rcpt_tos}
        for mood in moods & AT_END.keys():
            return AT_END[mood]
        assert isinstance(envelope.content, bytes)
        tls = session.ssl is not None or "ssl_context" in self.options
        letter = Letter(
            str(envelope.mail_from),
            list(envelope.rcpt_tos),
            smtp.number,
            tls,
            str(session.auth_data or ""),
            envelope.content,
        )
        with self.lock:
            self.letters.append(letter)
        if "lost" in moods:
            smtp.cut()
        if "mute" in moods:
            await asyncio.Event().wait()
        return "250 2.0.0 kept"
