"""`make dev`: PostgreSQL, Temporal and the worker, which is rebuilt and restarted whenever a spec, a handler or another
source changes.

    python3 -m zarf.dev.dev [--rule FILE] [--keep]

With --rule, the rule runs after each restart and when its file changes, as a new execution; its tree is printed. While
a build has errors the last good worker keeps running. Ctrl-C ends everything.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from zarf.dev import added
from zarf.dev.process import ROOT, StackError
from zarf.dev.run import Interrupts, health_port
from zarf.dev.samples import COMPLETES, Sample, run_sample
from zarf.dev.stack import Stack, stack
from zarf.dev.terminal import bold, progress, red
from zarf.dev.worker import Worker

SOURCES = [ROOT / folder for folder in ("spec", "handlers", "src")]
SOURCES += [added.ACTIONS / folder for folder in ("spec", "handlers")] if added.ACTIONS else []
SUFFIXES = (".yaml", ".c", ".h")
QUIET_S = 0.3  # an editor saves in several steps


class Changes(FileSystemEventHandler):
    """The files that changed since the last look."""

    def __init__(self, rule: Path | None) -> None:
        self.rule = rule
        self.seen = threading.Event()
        self.files: set[Path] = set()
        self.lock = threading.Lock()
        self.observer = Observer()
        folders = {folder: True for folder in SOURCES if folder.is_dir()}
        if rule is not None:
            folders.setdefault(rule.parent, False)
        for folder, recursive in folders.items():
            self.observer.schedule(self, str(folder), recursive=recursive)
        self.observer.start()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("opened", "closed_no_write"):
            return
        for name in (event.src_path, getattr(event, "dest_path", "")):
            path = Path(os.fsdecode(name)) if name else None
            if path is not None and (path == self.rule or (path.suffix in SUFFIXES and path.name[0] != ".")):
                with self.lock:
                    self.files.add(path)
                self.seen.set()

    def take(self, seconds: float) -> set[Path]:
        """The files that changed, once they are quiet; none after that many seconds."""
        if not self.seen.wait(seconds):
            return set()
        while self.seen.is_set():
            self.seen.clear()
            time.sleep(QUIET_S)
        with self.lock:
            files, self.files = self.files, set()
        return files

    def stop(self) -> None:
        self.observer.stop()


def make_build() -> bool:
    """Builds as `make build` does; prints what it prints."""
    command = ["make", "--no-print-directory", "build"]
    command += [f"ACTIONS={added.ACTIONS}"] if added.ACTIONS else []
    return subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL).returncode == 0


def run_rule(rule: Path, servers: Stack) -> None:
    """Runs the rule as a new execution and prints the tree of its run; prints why it cannot run."""
    try:
        document = json.loads(rule.read_text())
        document["execution_id"] = str(uuid.uuid4())
        copy = servers.folder / rule.name
        copy.write_text(json.dumps(document))
        run_sample(Sample(copy, document, COMPLETES), servers)
    except (OSError, ValueError, KeyError, StackError) as fault:
        print(red(f"{rule}: {fault}"))


class Loop:
    """The servers and the worker of the last good build."""

    def __init__(self, servers: Stack, rule: Path | None) -> None:
        self.servers, self.rule = servers, rule
        self.settings = {**servers.settings(), **health_port(servers)}
        self.worker: Worker | None = None

    def restart(self) -> None:
        self.stop()
        try:
            worker = Worker(self.settings, self.servers.folder / "worker.log")
            self.worker = worker
            worker.wait_ready()
        except StackError as fault:
            print(red(str(fault)))
            return
        if self.rule is not None:
            run_rule(self.rule, self.servers)

    def on_change(self, files: set[Path]) -> None:
        if self.rule is not None and files == {self.rule}:
            run_rule(self.rule, self.servers)
        else:
            progress(f"changed: {', '.join(sorted(path.name for path in files))}")
            if make_build():
                self.restart()

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.stop()
            self.worker = None


def run_loop(rule: Path | None, keep: bool) -> None:
    changes = Changes(rule)  # before the servers, so that no change is missed
    try:
        progress("starting PostgreSQL and the Temporal dev server")
        with stack("keep" if keep else "dev", ui=True, keep=keep) as servers:
            if servers.is_new:
                servers.fill()
            loop = Loop(servers, rule)
            try:
                loop.restart()
                print(f"{bold('Temporal UI')}: {servers.temporal.ui}/namespaces/default/workflows")
                print(f"{bold('Your turn')}, in another terminal: source {servers.write_environment()}")
                print("\nWaiting for changes; Ctrl-C ends it all.", flush=True)
                while True:
                    files = changes.take(3600)
                    if files:
                        loop.on_change(files)
                        print("\nWaiting for changes.", flush=True)
            finally:
                loop.stop()
    finally:
        changes.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make dev", description=__doc__)
    parser.add_argument("--rule", type=Path, metavar="FILE", help="a rule to run after each restart")
    parser.add_argument("--keep", action="store_true", help="ports, password and data of `make run KEEP=1`")
    options = parser.parse_args()
    rule = options.rule.resolve() if options.rule else None
    if rule is not None and not rule.exists():
        parser.error(f"there is no file {rule}")
    Interrupts()
    try:
        run_loop(rule, options.keep)
    except KeyboardInterrupt:
        return 0
    except StackError as fault:
        print(red(f"\nmake dev: {fault}"), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
