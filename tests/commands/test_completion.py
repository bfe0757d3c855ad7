"""Completion of command lines, in real shells."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from zarf.dev import worker as program

PROGRAM = "workflow-worker"
SHELLS = ("bash", "zsh")
# Prints the completions of the function for the given words; the last word is completed.
COMPLETE = """
source "$1"; shift
compopt() { echo "compopt $*"; }
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_workflow_worker
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("completion")
    found = {}
    for shell in SHELLS:
        found[shell] = folder / shell
        done = program.command({}, "completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        found[shell].write_text(done.stdout)
    return found


def in_bash(script: Path, *words: str) -> list[str]:
    done = subprocess.run(
        ["bash", "-u", "-c", COMPLETE, "bash", script, PROGRAM, *words], capture_output=True, text=True, check=True
    )
    assert not done.stderr
    return [word for word in done.stdout.splitlines() if word]


def commands() -> list[str]:
    listed = program.command({}, "--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


def test_bash_completes_commands_options_and_values(scripts: dict[str, Path]) -> None:
    script = scripts["bash"]
    assert in_bash(script, "") == [*commands(), "--help", "--version"]
    assert in_bash(script, "re") == ["retry", "resume", "replay", "render"]
    assert in_bash(script, "list", "--st") == ["--status"]
    assert in_bash(script, "list", "--status", "t") == ["terminated", "timed-out"]
    assert in_bash(script, "list", "--rule", "") == []
    assert in_bash(script, "help", "wat") == ["watch"]
    assert in_bash(script, "try", "update_f") == ["update_field"]
    assert in_bash(script, "completion", "") == ["bash", "zsh"]
    assert in_bash(script, "validate", "ru") == ["compopt -o default"]
    assert in_bash(script, "draw", "--output", "ru") == ["compopt -o default"]
    assert in_bash(script, "nothing", "") == []


def test_options_are_those_of_the_help(scripts: dict[str, Path]) -> None:
    """Each option has a line in the help, which zsh shows next to the option."""
    zsh = scripts["zsh"].read_text()
    for command in commands():
        if command == "help":
            continue
        shown = re.findall(r"^  --([a-z-]+)", program.command({}, command, "--help").stdout, re.MULTILINE)
        offered = [option.removeprefix("--") for option in in_bash(scripts["bash"], command, "--")]
        assert set(offered) - {"help"} == set(shown) - {"help"}, command
        part = zsh.split(f"\n    {command})\n")[1].split(";;")[0]
        described = dict(re.findall(r"'\*?--([a-z-]+)\[(.*?)\]", part))
        assert set(described) == set(offered), command
        assert all(described.values()), (command, described)


@pytest.mark.parametrize(("command", "option"), [("draw", "--format"), ("draw", "--color"), ("list", "--status")])
def test_values_that_are_offered_are_accepted(scripts: dict[str, Path], command: str, option: str) -> None:
    values = in_bash(scripts["bash"], command, option, "")
    assert len(values) > 2
    for value in values:
        assert f"{option} is" not in program.command({}, command, option, value).stderr
    refused = program.command({}, command, option, "nothing").stderr
    assert all(value in refused for value in values)


def answer(shell: int, typed: str, wanted: str) -> None:
    """Types into the terminal of a shell and waits for what it shows."""
    shown = ""
    os.write(shell, typed.encode())
    end = time.monotonic() + 60
    while wanted not in shown:
        ready, _, _ = select.select([shell], [], [], end - time.monotonic())
        assert ready, f"no {wanted!r} in {shown!r}"
        shown += os.read(shell, 4096).decode(errors="replace")


def test_zsh_completes_on_a_terminal(scripts: dict[str, Path]) -> None:
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(scripts["zsh"].parent)}
    process, shell = pty.fork()
    if process == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], environment)
    answer(shell, "autoload -Uz compinit; compinit -u -D; PS1='$ '\n", "$ ")
    answer(shell, f"source {scripts['zsh']} && echo loa''ded\n", "loaded")
    answer(shell, f"{PROGRAM} wat\t", f"{PROGRAM} watch ")
    answer(shell, "\x15", "")
    answer(shell, f"{PROGRAM} list --sta\t", "list --status ")
    answer(shell, "termin\t", "terminated")
    answer(shell, "\x15", "")
    answer(shell, f"{PROGRAM} actions allocate\t", "allocate_inventory")
    answer(shell, "\x15exit\n", "exit")
    os.close(shell)
    os.waitpid(process, 0)


@pytest.mark.parametrize("words", [[], ["fish"], ["bash", "zsh"]])
def test_another_shell_is_refused(words: list[str]) -> None:
    done = program.command({}, "completion", *words)
    assert done.returncode == 2 and "for which shell: bash or zsh?" in done.stderr
