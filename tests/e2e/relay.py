"""A minimal mail server that answers as a test wants, for answers that a real server does not give on request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, cast

Say = Callable[[str], None]
# An answer, or a function that gives it. The function gets the stream and a function that writes a line.
Answer = str | Callable[[IO[bytes], Say], None]


class Relay:
    """`answers` maps the beginning of a command, or `greeting`, to its answer. When the connection has been
    idle for `idle` seconds after a mail, it is closed with 421."""

    def __init__(
        self,
        offers: Sequence[str] = ("8BITMIME",),
        answers: Mapping[str, Answer] | None = None,
        idle: float | None = None,
    ) -> None:
        self.offers = offers
        self.answers = answers or {}
        self.idle = idle
        self.commands: list[str] = []
        self.mails: list[bytes] = []
        self.closed_idle = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self.talk, args=(self.listener.accept()[0],), daemon=True).start()

    def talk(self, wire: socket.socket) -> None:
        with wire, wire.makefile("rwb", 0) as stream, suppress(OSError):

            def say(line: str) -> None:
                stream.write(f"{line}\r\n".encode())

            greeting = self.answers.get("greeting", "220 hello")
            assert isinstance(greeting, str)
            say(greeting)
            if greeting.startswith("220"):
                while self.serve(wire, cast(IO[bytes], stream), say):
                    pass

    def serve(self, wire: socket.socket, stream: IO[bytes], say: Say) -> bool:
        """Answers one command; False when the connection ends."""
        wire.settimeout(self.idle if self.mails else None)
        try:
            line = stream.readline().decode("utf-8", "replace").strip()
        except TimeoutError:
            say("421 4.4.2 idle for too long")
            wire.shutdown(socket.SHUT_RDWR)
            self.closed_idle.set()
            return False
        wire.settimeout(None)
        self.commands.append(line)
        answer = next((said for begin, said in self.answers.items() if line.upper().startswith(begin)), None)
        if callable(answer):
            answer(stream, say)
        elif answer:
            say(answer)
        elif line.upper().startswith("EHLO"):
            for offer in ("relay.example", *self.offers[:-1]):
                say(f"250-{offer}")
            say(f"250 {self.offers[-1]}")
        elif line.upper() == "DATA":
            say("354 go on")
            mail = b""
            while not mail.endswith(b"\r\n.\r\n"):
                mail += stream.readline()
            self.mails.append(mail)
            say("250 taken")
        elif line.upper() == "QUIT" or not line:
            say("221 bye")
            return False
        else:
            say("250 ok")
        return True


def log_in(challenges: int) -> Answer:
    """Accepts any login with that number of challenges."""

    def answer(stream: IO[bytes], say: Say) -> None:
        for _ in range(challenges):
            say("334 PDEyMzRAcmVsYXk+")
            stream.readline()
        say("235 welcome")

    return answer
