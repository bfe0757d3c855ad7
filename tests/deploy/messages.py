"""The worker's messages, read from its sources: log lines and error texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from zarf.dev.process import ROOT

SOURCES = sorted([*(ROOT / "src").rglob("*.[ch]"), *(ROOT / "handlers").glob("*.c")])
LITERAL = r'"(?:[^"\\]|\\.)*"'
# Literals, with macros or conversions like PRId64 between them.
TEXT = rf"({LITERAL}(?:\s*(?:{LITERAL}|[A-Z][A-Za-z0-9_]+\b(?=\s*[\",)])))*)"
# The variable parts of a text.
PLACE = re.compile(r"%(?:\.\*)?(?:s|zu|lld|u|d|c|02x)|%\0")

LEVELS = "DEBUG|INFO|WARN|ERROR"
# Patterns of log messages, by the way in which the source states their level.
LOGGED = {
    "level": rf"log_line\(\s*LOG_({LEVELS}),\s*{TEXT}",
    "one of two levels": rf"log_line\([^;\"]*?\?\s*LOG_({LEVELS})\s*:\s*LOG_\w+,\s*{TEXT}",
}
LOGGED_ELSEWHERE = {
    "WARN": (
        rf"server_unavailable\(\s*readiness,\s*{TEXT}",
        rf"log_line\(level,\s*{TEXT}",
        rf"log_write\(level,[^\"]*{TEXT}",
    ),
    "INFO": (rf"\bdrop\(activity,\s*{TEXT}",),
}

# Files whose errors name a command, a config or a setting, and which docs/operations.md does not list.
NOT_IN_RUNBOOK = re.compile(
    r"base/(?!uuid)|mcp/|settings/|graph/|check/|action/(decode|template_|encode|date|condition|context)|temporal/(history|proto)_json"
    r"|rule/|picture/|cli/(?!command_run\.c)|console/|runs/|authoring/|agents/|erp/(schema|approval_requests)"
    r"|/database_fault\.c|temporal/(security|keys)\.c"
)
ERRORS = (
    rf"\berror_set\([^;\"]*?{TEXT}",
    rf"\berror_set\([^;\"]*?TEXT\(\"[^\"]*\"\),\s*{TEXT}",
    rf"\brefuse\((?:run, )?error,\s*(?:\"\w+\",\s*)?{TEXT}",
    rf"\bdatabase_(?:fault_set|refuse|fault_of_connection)\([^;\"]*?(?:\"\d\w+\",\s*)?{TEXT}",
    rf"\b(?:arena|failure)_print\([^;\"]*?{TEXT}",
    rf"\blost\(exchange,\s*{TEXT}",
    rf"\bcli_fail\(command,\s*{TEXT}",
    rf"(?<!strlen\()\b(?:FAILURE_)?TEXT\({TEXT}\)",
    rf"\bfail\(&performance, [^;\"]*\"\w*\",\s*{TEXT}",
    rf"\b(?:return|fault = )\s*{TEXT}",
)


def code_of(path: Path) -> str:
    """The code without the marks around public texts."""
    return re.sub(rf"PUBLIC\(\s*((?:{LITERAL}\s*)+)\)", r"\1", path.read_text())


def text_of(code: str) -> str:
    """The text of a string in the source, with `...` for variable parts."""
    parts = re.findall(rf"{LITERAL}|[A-Z]\w+", code)
    text = "".join(re.sub(r"\\(.)", r"\1", part[1:-1]) if part[0] == '"' else "\0" for part in parts)
    return PLACE.sub("...", text).replace("\0", "...").strip()


def logged() -> dict[str, str]:
    """Each message with its level; a message with two levels has the more severe one."""
    found: dict[str, str] = {}
    for path in SOURCES:
        code = code_of(path)
        for pattern in LOGGED.values():
            found |= {text_of(text): level for level, text in re.findall(pattern, code)}
        for level, patterns in LOGGED_ELSEWHERE.items():
            found |= {text_of(text): level for pattern in patterns for text in re.findall(pattern, code)}
    return found


def errors_of(path: Path) -> Iterator[str]:
    code = code_of(path)
    for pattern in ERRORS:
        for text in re.findall(pattern, code):
            message = text_of(text)
            is_sentence = (
                len(re.findall(r"\b[A-Za-z]*[a-z]{2,}", message)) > 1 and " " in message and message[0] not in '{",'
            )
            if is_sentence or "expected" in message:
                yield message


def errors() -> set[str]:
    return {
        text
        for path in SOURCES
        if path.parts[-3] == "src" and not NOT_IN_RUNBOOK.search(str(path.relative_to(ROOT / "src")))
        for text in errors_of(path)
    }
