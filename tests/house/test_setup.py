"""A repeated set-up costs nothing; `make help` lists the targets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lent import lend_python
from zarf.dev.process import ROOT

SETUP = ROOT / "zarf" / "dev" / "setup"
CONTROL = """Package: prometheus
Version: 1-1
Architecture: all
Maintainer: Nobody <nobody@example.com>
Description: stands in for it
"""


def run(command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        check=False,
    )


def tools_without(folder: Path, *forbidden: str) -> str:
    """A PATH on which each of these commands fails and leaves a trace."""
    for name in forbidden:
        trap = folder / name
        trap.write_text(f"#!/bin/sh\necho {name} >>{folder}/called\nexit 1\n")
        trap.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_second_set_up_installs_nothing(tmp_path: Path) -> None:
    path = tools_without(tmp_path, "apt-get", "pip", "pip3", "sudo", "curl", "wget")
    done = run([str(SETUP)], PATH=path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "called").exists()


def bare_clone(folder: Path) -> Path:
    """The set-up of a clone in which nothing is installed."""
    shutil.copytree(SETUP.parent, folder / "zarf" / "dev", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "zarf" / "dev" / "setup"


def test_elsewhere_it_lists_what_is_missing(tmp_path: Path) -> None:
    for name in ("bash", "sed", "dirname", "mkdir", "flock", "cat"):
        (tmp_path / name).symlink_to(Path("/usr/bin") / name)
    done = run(["/bin/bash", str(bare_clone(tmp_path / "clone"))], PATH=str(tmp_path))
    assert done.returncode == 1
    for part in ("not a Debian system", "meson", "grpc", "libprotobuf-c", "criterion", "promtool"):
        assert part in done.stderr


def test_progress_shows_the_running_command(tmp_path: Path) -> None:
    script = SETUP.read_text()
    functions = re.findall(r"^(?:say|fail|run_logged)\(\) \{.*?\}$", script, re.MULTILINE | re.DOTALL)
    assert len(functions) == 3
    steps = """
        log=$1/log; report_interval=1; : >"$log"; exec 9>"$1/lock"
        run_logged 'first' echo 'all of the first'
        run_logged 'second' bash -c 'sleep 2.5; echo half of the second; sleep 2.5'
    """
    done = run(["bash", "-euo", "pipefail", "-c", "\n".join([*functions, steps]), "setup", str(tmp_path)])
    assert done.returncode == 0, done.stderr
    lines = [re.sub(r"[0-9]+ s", "N s", line) for line in done.stdout.splitlines()]
    of_second = lines[lines.index("setup: second") + 1 :]
    assert "setup:   ... N s: half of the second" in of_second
    assert set(of_second) <= {"setup:   ... N s", "setup:   ... N s: half of the second"}
    assert (tmp_path / "log").read_text() == "all of the first\nhalf of the second\n"


@pytest.mark.parametrize("name", ["prometheus", "promtool"])
def test_promtool_alone_is_taken_out_of_its_package(tmp_path: Path, name: str) -> None:
    """In Debian 12 promtool is part of another package, in Debian 13 it has its own package."""
    setup = bare_clone(tmp_path / "clone")
    tools = tmp_path / "clone" / ".tools"
    lend_python(tmp_path / "clone")
    package, commands = tmp_path / "package", tmp_path / "commands"
    for path, text in (("DEBIAN/control", CONTROL), ("usr/bin/promtool", "#!/bin/sh\n"), ("usr/bin/prometheus", "")):
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text.replace("Package: prometheus", f"Package: {name}"))
        (package / path).chmod(0o755)
    built = run(["dpkg-deb", "--build", str(package), str(tmp_path)])
    assert built.returncode == 0, built.stderr
    commands.mkdir()
    (commands / "apt-get").write_text(f'#!/bin/sh\n[ "$*" = "-q download {name}" ] && cp {tmp_path}/*.deb .\n')
    (commands / "apt-cache").write_text(f'#!/bin/sh\n[ "$*" = "show prometheus" ] || [ "$*" = "show {name}" ]\n')
    for command in commands.iterdir():
        command.chmod(0o755)

    done = run([str(setup)], PATH=f"{commands}:/usr/bin:/bin")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "setup: taking .tools/promtool out of its Debian package\n"
    assert os.access(tools / "promtool", os.X_OK)
    assert {path.name for path in tools.iterdir()} == {"venv", "promtool", "lock", "setup.log"}


def test_every_python_package_is_pinned_and_hashed() -> None:
    lines = (ROOT / "zarf" / "dev" / "requirements.txt").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith(("#", " "))]
    assert packages
    for package in packages:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]* \\", package), package
    assert sum("--hash=sha256:" in line for line in lines) >= len(packages)


def test_make_help_lists_the_targets() -> None:
    done = run(["make", "help"])
    for target in ("build", "run", "test", "test-fast", "clean", "setup"):
        assert re.search(rf"make {target} +\w", done.stdout), target
