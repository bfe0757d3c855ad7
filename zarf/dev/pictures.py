"""Draws the pictures of the documentation: docs/pictures/NAME.svg, with `workflow-worker draw`.

    python3 -m zarf.dev.pictures            draw all pictures again
    python3 -m zarf.dev.pictures --check    exit with 1 when a picture differs from what would be drawn
    python3 -m zarf.dev.pictures --record   run the rules on new servers first, and keep their histories

Pictures of rules are drawn from rules, pictures of runs from docs/pictures/histories.
"""

from __future__ import annotations

import argparse
import http.server
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from zarf.dev import worker
from zarf.dev.process import ROOT, StackError, wait_until
from zarf.dev.stack import Stack, stack

Json = dict[str, Any]
FOLDER = ROOT / "docs/pictures"
HISTORIES = FOLDER / "histories"
LARGE = FOLDER / "handle-large-order.json"
PARTNER = FOLDER / "notify-partner.json"
SAMPLES = ("release-paid-order", "credit-hold", "refuse-discount", "reserve-and-reorder")
RULES = (*(ROOT / f"examples/{name}.json" for name in SAMPLES), PARTNER, LARGE)
RUNS = (
    ROOT / "examples/expedite-large-order.json",
    ROOT / "examples/refuse-discount.json",
    ROOT / "examples/refused-table.json",
    ROOT / "examples/reserve-and-reorder.json",
    PARTNER,
    LARGE,
)


def drawn(*arguments: str | Path) -> str:
    done = worker.command({}, "draw", *arguments, "--format", "svg")
    if done.returncode != 0 or done.stderr:
        raise StackError(f"workflow-worker draw {arguments[-1]}: {done.stderr.strip()}")
    return done.stdout


def pictures() -> Iterator[tuple[Path, str]]:
    """Each file with its text."""
    for rule in RULES:
        yield FOLDER / f"rule-{rule.stem}.svg", drawn(rule)
    for rule in RUNS:
        yield FOLDER / f"run-{rule.stem}.svg", drawn("--history", HISTORIES / rule.name)


# ---- recording ----


class Partner(http.server.BaseHTTPRequestHandler):
    """A partner's web service that is unavailable for two requests."""

    failures = 2

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        busy = Partner.failures > 0
        Partner.failures -= 1
        self.send_response(503 if busy else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


@contextmanager
def partner() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def start(servers: Stack, rule: Json, folder: Path) -> str:
    """Starts a run. Returns the workflow id."""
    file = folder / "rule.json"
    file.write_text(json.dumps(rule))
    began = worker.command(servers.settings(), "start", file, "--json")
    if began.returncode != 0:
        raise StackError(f"{rule['rule_name']}: {began.stderr.strip()}")
    workflow_id: str = json.loads(began.stdout)["workflow_id"]
    return workflow_id


def is_waiting(servers: Stack, workflow_id: str) -> bool:
    done = worker.command(servers.settings(), "draw", "--workflow-id", workflow_id)
    return "  waiting" in done.stdout


def record(rules: Sequence[Path]) -> None:
    HISTORIES.mkdir(parents=True, exist_ok=True)
    with stack("pictures") as servers, partner() as port:
        servers.create_sample_database()
        settings = {"ICHOR_WEBHOOK_ALLOW_HOSTS": "127.0.0.1", "ICHOR_WEBHOOK_ALLOW_HTTP": "true"}
        process = worker.Worker({**servers.settings(), **settings}, servers.folder / "worker.log")
        try:
            process.wait_ready()
            for path in rules:
                rule = json.loads(path.read_text())
                for action in rule["graph"]["actions"]:
                    if action["action_type"] == "call_webhook":
                        action["action_config"]["url"] = f"http://127.0.0.1:{port}/orders"
                workflow_id = start(servers, rule, servers.folder)
                if path.stem == "refuse-discount":
                    wait_until(partial(is_waiting, servers, workflow_id), "the request for approval")
                else:
                    servers.temporal.wait_closed(workflow_id)
                events = servers.temporal.history(workflow_id)
                lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in events)
                (HISTORIES / path.name).write_text(f'{{"events":[\n{lines}\n]}}\n')
        finally:
            process.stop()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="pictures", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--record", action="store_true", help="record the histories again")
    options = parser.parse_args()
    if options.record:
        record(RUNS)
    changed = [(file, text) for file, text in pictures() if not file.exists() or file.read_text() != text]
    for file, text in changed:
        if options.check:
            print(f"{file.relative_to(ROOT)} is not as it would be drawn: run `make docs`")
        else:
            file.write_text(text)
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
