"""The faults of the proxy, on connections to a server that answers each line with `<line>!`, or speaks PostgreSQL."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.commits import Commits
from tests.chaos.proxy import Loop, Mode, Proxy
from zarf.dev.process import wait_until


class Echo(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Answer)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignores errors of a connection that the proxy resets."""


class Answer(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Echo)
        for line in self.rfile:
            self.server.seen.append(line)
            self.wfile.write(line.strip() + b"!\n")


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def proxy(server: Echo, loop: Loop) -> Proxy:
    return Proxy(loop, server.server_address[1], postgres=False)


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with connect(proxy) as made:
        assert ask(made) == b"hello!\n"
        yield made


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def ask(client: socket.socket) -> bytes:
    client.sendall(b"hello\n")
    return client.recv(100)


def is_silent(client: socket.socket) -> bool:
    client.settimeout(0.1)
    try:
        client.recv(100)
    except TimeoutError:
        return True
    finally:
        client.settimeout(10)
    return False


def test_cut(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.CUT)
    assert client.recv(100) == b""
    with connect(proxy) as another:
        assert another.recv(100) == b"", "accepted and closed"

    proxy.heal()

    with connect(proxy) as another:
        assert ask(another) == b"hello!\n"


def test_reset(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.RESET)
    with pytest.raises(ConnectionResetError):
        client.recv(100)


@pytest.mark.parametrize(("mode", "amount"), [(Mode.DELAY, 0.05), (Mode.FAR, 0.05), (Mode.SLOW, 200)])
def test_slowness(proxy: Proxy, client: socket.socket, mode: Mode, amount: float) -> None:
    proxy.set(mode, amount)
    assert ask(client) == b"hello!\n"


def test_far_answers_stay_in_order(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.FAR, 0.05)
    asked = [f"{number}".encode() for number in range(50)]
    for line in asked:
        client.sendall(line + b"\n")
    answered = b""
    while answered.count(b"\n") < len(asked):
        answered += client.recv(1000)
    assert answered.split(b"!\n")[:-1] == asked


def test_half_open(proxy: Proxy, client: socket.socket, server: Echo) -> None:
    proxy.set(Mode.HALF_OPEN)
    client.sendall(b"swallowed\n")
    assert is_silent(client)
    with connect(proxy) as another:
        another.sendall(b"swallowed\n")
        assert is_silent(another), "it accepts"

        proxy.heal()

        with pytest.raises(ConnectionResetError):
            client.recv(100)
        with pytest.raises(ConnectionResetError):
            another.recv(100)
    assert server.seen == [b"hello\n"]


def test_half_open_spares_what_is_silent(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.HALF_OPEN)
    proxy.heal()
    assert ask(client) == b"hello!\n"


def test_deaf(proxy: Proxy, client: socket.socket, server: Echo) -> None:
    """Requests arrive, answers do not."""
    proxy.set(Mode.DEAF)
    client.sendall(b"one\ntwo\n")
    wait_until(lambda: server.seen == [b"hello\n", b"one\n", b"two\n"], "both requests", 10)
    assert is_silent(client)

    proxy.heal()

    with pytest.raises(ConnectionResetError):
        client.recv(100)


def test_torn(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Mode.TORN)
    client.sendall(b"hello\n")
    with pytest.raises(ConnectionResetError):
        while client.recv(100):
            pass


def test_a_server_that_is_down(loop: Loop) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = Proxy(loop, unused.getsockname()[1], postgres=False)
        with connect(proxy) as client:
            assert client.recv(100) == b""


# Lost answers to commits


def message(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + (len(body) + 4).to_bytes(4, "big") + body


STARTUP = (16).to_bytes(4, "big") + (196608).to_bytes(4, "big") + b"user\0x\0\0"
INSERT = b"INSERT INTO workflow.alerts VALUES ($1)"
EVENT = b'WITH updated AS (UPDATE "sales"."orders" SET notes = $1 RETURNING 1) SELECT count(*) FROM updated'
READ = b"SELECT 1 FROM sales.orders FOR UPDATE"


def parse(name: bytes, statement: bytes) -> bytes:
    return message("P", name + b"\0" + statement + b"\0\0\0")


def run_prepared(name: bytes) -> bytes:
    return message("B", b"\0" + name + b"\0\0\0\0\0\0\0") + message("E", b"\0\0\0\0\0") + message("S")


def done(tag: bytes, status: str) -> bytes:
    return message("C", tag + b"\0") + message("Z", status.encode())


def started() -> Commits:
    commits = Commits()
    commits.sent(STARTUP)
    hello = message("R", bytes(4)) + message("Z", b"I")
    assert commits.answered(hello, armed=True) == (hello, False)
    return commits


@pytest.mark.parametrize("statement", [INSERT, EVENT])
def test_the_answer_of_a_statement_that_writes(statement: bytes) -> None:
    commits = started()
    commits.sent(parse(b"s1", statement) + run_prepared(b"s1"))
    assert commits.answered(message("1") + message("2"), armed=True) == (b"", False)
    assert commits.answered(done(b"INSERT 0 1", "I"), armed=True) == (b"", True)


def test_the_answer_of_a_commit() -> None:
    """Writes before the commit are answered; only the answer to the commit is lost."""
    commits = started()
    for request, answer in ((b"BEGIN", done(b"BEGIN", "T")), (INSERT, done(b"INSERT 0 1", "T"))):
        commits.sent(message("Q", request + b"\0"))
        assert commits.answered(answer, armed=True) == (answer, False)
    commits.sent(message("Q", b"COMMIT\0"))
    assert commits.answered(done(b"COMMIT", "I"), armed=True) == (b"", True)


def test_the_answers_of_a_pipeline() -> None:
    """A whole transaction is sent at once and answered at once."""
    commits = started()
    commits.sent(parse(b"", b"BEGIN") + run_prepared(b"")[:-5] + parse(b"", INSERT) + run_prepared(b"")[:-5])
    commits.sent(parse(b"", b"COMMIT") + run_prepared(b""))
    answers = b"".join(message("C", tag + b"\0") for tag in (b"BEGIN", b"INSERT 0 1", b"COMMIT"))
    assert commits.answered(answers, armed=True) == (b"", False)
    assert commits.answered(message("Z", b"I"), armed=True) == (b"", True)


def test_answers_that_are_read_before_the_end() -> None:
    """The client asks for answers in the middle of a pipeline, and gets them."""
    commits = started()
    commits.sent(parse(b"", b"BEGIN") + run_prepared(b"")[:-5] + parse(b"", INSERT) + run_prepared(b"")[:-5])
    commits.sent(message("H"))
    answer = message("C", b"INSERT 0 1\0")
    assert commits.answered(answer, armed=True) == (answer, False)
    commits.sent(message("S"))
    assert commits.answered(message("Z", b"I"), armed=True) == (b"", True)


def test_reading_is_no_commit() -> None:
    commits = started()
    commits.sent(message("Q", READ + b"\0"))
    answer = done(b"SELECT 1", "I")
    assert commits.answered(answer, armed=True) == (answer, False)


def test_not_armed() -> None:
    commits = started()
    commits.sent(message("Q", INSERT + b"\0"))
    answer = done(b"INSERT 0 1", "I")
    assert commits.answered(answer, armed=False) == (answer, False)
    commits.sent(message("Q", READ + b"\0"))
    assert commits.answered(done(b"SELECT 1", "I"), armed=True)[1] is False, "that was another transaction"


def test_messages_in_pieces() -> None:
    commits = Commits()
    for byte in STARTUP + message("Q", INSERT + b"\0"):
        commits.sent(bytes([byte]))
    answers = message("R", bytes(4)) + done(b"INSERT 0 1", "I")
    lost = [commits.answered(bytes([byte]), armed=True)[1] for byte in answers]
    assert lost == [False] * (len(answers) - 1) + [True]


def test_a_request_for_tls() -> None:
    """The request is refused with one byte, then the client starts without TLS."""
    commits = Commits()
    commits.sent((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
    assert commits.answered(b"N", armed=True) == (b"N", False)
    commits.sent(STARTUP + message("Q", INSERT + b"\0"))
    assert commits.answered(done(b"INSERT 0 1", "I"), armed=True) == (b"", True)
