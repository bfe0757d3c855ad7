"""Runs a test program with real SMTP servers (zarf/dev/mail.py).

    python3 -m tests.handlers.with_mail PROGRAM [ARGUMENT...]

TEST_MAIL_PLAIN, _STARTTLS, _SMTPS, _LOGIN and _OPEN are the ports of servers without TLS, with STARTTLS, with implicit
TLS, with STARTTLS and the login `ann@example.com` / `s3cret/word`, and with that login but no TLS. TEST_MAIL_CA is the
certificate to trust. TEST_MAIL_CONTROL names a socket that takes one line per connection:

    stop PORT     answers `ok` when the server has stopped
    start PORT    answers `ok` when it has started
    take PORT     answers with the messages since the last `take`, as JSON
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tests import beside
from zarf.dev.mail import Certificate, MailServer, Message

LOGIN = ("ann@example.com", "s3cret/word")


def message_fields(message: Message) -> dict[str, Any]:
    """The fields of a message as a mail program reads them."""
    email = message.email
    part = email.get_body(("plain",))
    assert part is not None
    return {
        "sender": message.sender,
        "recipients": message.recipients,
        "connection": message.connection,
        "tls": message.tls,
        "login": message.login,
        "headers": {name.lower(): str(value) for name, value in email.items()},
        "defects": [str(defect) for defect in email.defects],
        "type": part.get_content_type(),
        "charset": part.get_content_charset(),
        "encoding": str(part["Content-Transfer-Encoding"]),
        "text": message.text,
        "longest_line": max(map(len, str(part.get_payload()).split("\r\n"))),
        "ascii": message.raw.isascii(),
        "bare_ends": message.raw.replace(b"\r\n", b"").count(b"\n") + message.raw.replace(b"\r\n", b"").count(b"\r"),
    }


def run_command(servers: dict[int, MailServer], line: str) -> str:
    verb, port = line.split()
    server = servers[int(port)]
    if verb == "take":
        return json.dumps([message_fields(message) for message in server.take()], ensure_ascii=False)
    if verb == "stop":
        server.stop()
    else:
        server.start()
    return "ok"


def run(folder: Path, command: list[str]) -> int:
    certificate = Certificate.make(folder)
    servers = {
        "PLAIN": MailServer(),
        "STARTTLS": MailServer(tls=certificate),
        "SMTPS": MailServer(tls=certificate, implicit_tls=True),
        "LOGIN": MailServer(tls=certificate, login=LOGIN),
        "OPEN": MailServer(login=LOGIN),
    }
    settings = {f"TEST_MAIL_{name}": str(server.port) for name, server in servers.items()}
    settings["TEST_MAIL_CA"] = str(certificate.file)
    settings["TEST_MAIL_CONTROL"] = str(folder / "control")
    try:
        for server in servers.values():
            server.start()
        by_port = {server.port: server for server in servers.values()}
        return beside.run(folder / "control", partial(run_command, by_port), command, {**os.environ, **settings})
    finally:
        for server in servers.values():
            server.stop()


if __name__ == "__main__":
    sys.exit(beside.main(__doc__, run))
