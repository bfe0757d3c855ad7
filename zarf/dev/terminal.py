"""Terminal output: progress and colours."""

from __future__ import annotations

import os
import sys
import time

COLOURED = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ
UNICODE = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
STARTED = time.monotonic()


def paint(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURED else text


def bold(text: str) -> str:
    return paint("1", text)


def dim(text: str) -> str:
    return paint("2", text)


def green(text: str) -> str:
    return paint("32", text)


def red(text: str) -> str:
    return paint("31", text)


def progress(text: str) -> None:
    """Prints a step with the seconds since the start."""
    print(dim(f"[{time.monotonic() - STARTED:5.1f} s] ") + text, flush=True)


def displayable(text: str) -> str:
    """The text with line-drawing characters that the terminal can display."""
    return text if UNICODE else text.translate(str.maketrans("│├└─↘", "||`->"))
