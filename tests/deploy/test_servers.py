"""The choice of Temporal servers for `make test-servers`, and its table. No server is built or started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zarf.dev import servers
from zarf.dev.process import StackError

REPORT = """<testsuites><testsuite tests="4">
<testcase classname="tests.e2e.test_kill" name="one" time="1"/>
<testcase classname="tests.e2e.test_kill" name="two" time="1"><failure message="no"/></testcase>
<testcase classname="tests.e2e.test_kill" name="three" time="1"><skipped message="old"/></testcase>
<testcase classname="tests.e2e.test_graphs" name="four" time="1"/>
</testsuite></testsuites>"""


def fake_go(folder: Path, monkeypatch: pytest.MonkeyPatch, listed: list[str], refused: str = "", code: int = 0) -> None:
    """A fake `go` command that lists these versions and cannot build the refused one."""
    program = folder / "go"
    program.write_text(
        f"""#!/bin/sh
        case "$1 $4" in
        list*) echo '{json.dumps({"Versions": listed})}' ;;
        *{refused or "never"}) echo '{{"Error": "requires go >= 99"}}'; exit 1 ;;
        *) echo '{{"Dir": "/somewhere"}}' ;;
        esac
        exit {code}
        """
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))


def test_the_newest_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_go(tmp_path, monkeypatch, ["v1.9.0", "v1.10.2", "v1.10.1", "v1.11.0-rc.1"])
    assert servers.newest() == "1.10.2"


def test_the_newest_release_that_can_be_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_go(tmp_path, monkeypatch, ["v1.9.0", "v1.10.2", "v1.10.1"], refused="v1.10.2")
    assert servers.newest() == "1.10.1"


def test_without_a_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_go(tmp_path, monkeypatch, [], code=1)
    with pytest.raises(StackError, match="go list -m -versions"):
        servers.newest()
    for version in ("1.9.0", "1.10.2"):
        folder = servers.cache() / version
        folder.mkdir(parents=True)
        (folder / "server").touch()
    assert servers.newest() == "1.10.2"


def test_without_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="there is no go here"):
        servers.go("list")


def test_a_built_server_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))  # without go
    folder = servers.cache() / "1.2.3"
    folder.mkdir(parents=True)
    (folder / "server").touch()
    assert servers.build("1.2.3") == folder


def test_the_table(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    old = servers.counted(report)
    new = {"kill": old["graphs"] + old["graphs"] + old["graphs"]}
    assert servers.markdown({"1.2.3": old, "4.5.6": new}, {"1.2.3": {"a"}, "4.5.6": {"a", "b"}}).splitlines() == [
        "|  | 1.2.3 | 4.5.6 |",
        "|---|---|---|",
        "| graphs | 1 | - |",
        "| kill | 1 of 3 (1 skipped) | 3 |",
        "",
        "|  | 1.2.3 | 4.5.6 |",
        "|---|---|---|",
        "| a | yes | yes |",
        "| b | no | yes |",
    ]
