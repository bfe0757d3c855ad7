"""A real SMTP server that keeps the messages that it receives. The recipient chooses its behaviour:

    nobody@...       rejects permanently                  later@...   always rejects temporarily
    greylisted@...   rejects temporarily, once            full@...    rejects after it has read the message
    cut@...          cuts the connection                  lost@...    keeps the message and cuts the connection
    silent@...       never replies                        mute@...    never replies after it has read the message

Any other recipient is accepted.
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

# The warnings of aiosmtpd about closed connections and passwords without TLS are expected in tests.
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
class Message:
    sender: str
    recipients: list[str]
    connection: int
    tls: bool
    login: str
    raw: bytes

    @property
    def email(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def text(self) -> str:
        """The body as displayed."""
        part = self.email.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for localhost, by name and address."""

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


class Connection(SMTP):
    """A numbered connection."""

    server: MailServer
    number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self.number:
            self.number = next(self.server.numbers)
        self.server.connections[self.number] = self
        super().connection_made(transport)

    def cut(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class MailServer:
    """tls: offers STARTTLS, or with implicit_tls speaks TLS from the first byte. login: the user and password that
    it requires."""

    def __init__(
        self, tls: Certificate | None = None, implicit_tls: bool = False, login: tuple[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self.login = login
        self.messages: list[Message] = []
        self.numbers = itertools.count(1)
        self.connections: dict[int, Connection] = {}
        self.options: dict[str, Any] = {"hostname": "127.0.0.1", "port": self.port}
        if tls:
            self.options["ssl_context" if implicit_tls else "tls_context"] = tls.context()
        if login:
            self.options |= {"auth_required": True, "authenticator": self.authenticate}
            self.options["auth_require_tls"] = bool(tls) and not implicit_tls
        self.known: set[str] = set()
        self.recipients: set[str] = set()  # every recipient in an RCPT command
        self.lock = threading.Lock()
        self.controller: Controller | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        server = self

        class ConnectionController(Controller):
            def factory(self) -> SMTP:
                connection = Connection(server, **self.SMTP_kwargs)
                connection.server = server
                return connection

        self.controller = ConnectionController(self, ready_timeout=60, **self.options)
        self.controller.start()

    def stop(self) -> None:
        """Cuts all connections and stops listening; start() listens at the same address again."""
        if self.controller:
            self.controller.loop.call_soon_threadsafe(self.cut_all)
            self.controller.stop()
            self.controller = None

    def cut_all(self) -> None:
        for connection in self.connections.values():
            connection.cut()
        self.connections.clear()

    def take(self) -> list[Message]:
        """Returns the messages so far and forgets them."""
        with self.lock:
            messages, self.messages = self.messages, []
        return messages

    # Called by aiosmtpd on the server's thread

    def authenticate(self, _smtp: SMTP, _session: Session, _envelope: Envelope, _method: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=good, handled=False, auth_data=data.login.decode() if good else None)

    async def handle_RCPT(
        self, smtp: Connection, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.recipients.add(address)
        behaviour = address.split("@")[0]
        if behaviour == "cut":
            smtp.cut()
        if behaviour == "silent":
            await asyncio.Event().wait()
        if behaviour == "greylisted" and address not in self.known:
            self.known.add(address)
            return NOT_NOW
        if behaviour in AT_RECIPIENT:
            return AT_RECIPIENT[behaviour]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: Connection, session: Session, envelope: Envelope) -> str:
        behaviours = {address.split("@")[0] for address in envelope.rcpt_tos}
        for behaviour in behaviours & AT_END.keys():
            return AT_END[behaviour]
        assert isinstance(envelope.content, bytes)
        tls = session.ssl is not None or "ssl_context" in self.options
        message = Message(
            str(envelope.mail_from),
            list(envelope.rcpt_tos),
            smtp.number,
            tls,
            str(session.auth_data or ""),
            envelope.content,
        )
        with self.lock:
            self.messages.append(message)
        if "lost" in behaviours:
            smtp.cut()
        if "mute" in behaviours:
            await asyncio.Event().wait()
        return "250 2.0.0 kept"
