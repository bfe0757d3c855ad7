"""Runs a test program with web servers (zarf/dev/web.py).

    python3 -m tests.handlers.with_web PROGRAM [ARGUMENT...]

TEST_WEB_PLAIN, _TLS, _OTHER, _STRANGER, _OLD, _CLOSING and _DEAF are the ports of servers without TLS, with it, with
the certificate of another host, with one of an authority that TEST_WEB_CA does not have, with TLS 1.1 at most, of one
that closes each connection at once, and of one that never says anything. They listen on 127.0.0.1; _TLS has the names
localhost, partner.test and safe.test too. TEST_WEB_CONTROL names a socket that takes one line per connection:

    stop PORT     answers `ok` when the server has stopped
    start PORT    answers `ok` when it has started
    take PORT     answers with the requests since the last `take`, as JSON
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import warnings
from functools import partial
from pathlib import Path

from tests import beside
from tests.e2e.certificates import Authority, Certificate
from zarf.dev.web import WebServer

NAMES = ("localhost", "127.0.0.1", "partner.test", "safe.test")


def context(certificate: Certificate, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate.certificate, certificate.key)
    if newest:
        warnings.simplefilter("ignore", DeprecationWarning)  # the old version is intended
        made.set_ciphers("DEFAULT@SECLEVEL=0")
        made.minimum_version, made.maximum_version = ssl.TLSVersion.TLSv1, newest
    return made


def run_command(servers: dict[int, WebServer], line: str) -> str:
    verb, port = line.split()
    server = servers[int(port)]
    if verb == "take":
        return json.dumps([request.fields() for request in server.take()], ensure_ascii=False)
    if verb == "stop":
        server.stop()
    else:
        server.start()
    return "ok"


def make_servers(authority: Authority, stranger: Authority) -> dict[str, WebServer]:
    good = authority.issue("web", *NAMES)
    return {
        "PLAIN": WebServer(),
        "TLS": WebServer(context(good)),
        "OTHER": WebServer(context(authority.issue("other", "other.example"))),
        "STRANGER": WebServer(context(stranger.issue("stranger", *NAMES))),
        "OLD": WebServer(context(good, ssl.TLSVersion.TLSv1_1)),
        "CLOSING": WebServer(mood="closing"),
        "DEAF": WebServer(mood="deaf"),
    }


def run(folder: Path, command: list[str]) -> int:
    authority, stranger = Authority(folder), Authority(folder, "nobody")
    servers = make_servers(authority, stranger)
    settings = {f"TEST_WEB_{name}": str(server.port) for name, server in servers.items()}
    settings["TEST_WEB_CA"] = str(authority.certificate)
    settings["TEST_WEB_CONTROL"] = str(folder / "web-control")
    try:
        for server in servers.values():
            server.start()
        by_port = {server.port: server for server in servers.values()}
        return beside.run(folder / "web-control", partial(run_command, by_port), command, {**os.environ, **settings})
    finally:
        for server in servers.values():
            server.stop()


if __name__ == "__main__":
    sys.exit(beside.main(__doc__, run))
