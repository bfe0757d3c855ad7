"""Random texts, names, values, triggers and conditions."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from tests.random_rules.sizes import Bounds

Json = dict[str, Any]

PIECES = (
    "abcdef klmnop", "0123456789", 'quotes " and \\ and /', "line\nbreak\ttab\r", "äöüß é ñ", "名前と値", "😀👩‍👧",
    "e\u0301", "\u2028\u202e\ufeff", "\x01\x1f\x7f", "{ } {{ }} {{}}", "' ; -- $1 %s %n", "<b>&amp;</b>",
)  # fmt: skip
# Names of actions and trigger fields. None of them is the name of a field that the conditions below read.
ODD_NAMES = (
    " ", "a.b", "a.b.c", "a..b", ".a", "a.", "...", "a", "b", "c", "ä", "名前", "😀", "two words", "{{total}}", "}}",
    "{{", "a|b", "expr: 1 + 1", "$now", "$me", 'a"b', "a\\b", "a\nb", "\t", "output", "result", "a.output",
    "a.result.output", "__proto__", "null", "0", "-1", "e\u0301", "total.x", "number.output", "x" * 300,
    "y." * 400, "z" * 1100,
)  # fmt: skip
NUMBER, TOTAL = "SO-7 \N{EURO SIGN}", 1849.5
# Conditions that hold for every trigger, and conditions that hold for no trigger.
HOLD: tuple[Json, ...] = (
    {"field_name": "total", "operator": "greater_than", "value": 1},
    {"field_name": "total", "operator": "equals", "value": "1849.50"},
    {"field_name": "number", "operator": "contains", "value": "SO-"},
    {"field": "number", "operator": "equals", "value": NUMBER},
    {"field_name": "number", "operator": "in", "value": ["x", NUMBER]},
    {"field_name": "missing", "operator": "is_null"},
    {"field_name": "total", "operator": "is_not_null"},
)
DO_NOT_HOLD: tuple[Json, ...] = (
    {"field_name": "total", "operator": "less_than", "value": 1},
    {"field_name": "total", "operator": "not_equals", "value": TOTAL},
    {"field_name": "number", "operator": "contains", "value": "so-"},
    {"field_name": "missing", "operator": "is_not_null"},
    {"field_name": "number", "operator": "in", "value": []},
)


def between(random: Random, bounds: Bounds) -> int:
    """A random number. Small numbers are as likely as large ones, because the logarithm is drawn uniformly."""
    low, high = bounds
    return min(high, round((low + 1) * math.pow((high + 1) / (low + 1), random.random())) - 1)


def text(random: Random, size: int) -> str:
    """A text of about that many bytes."""
    if size <= 0:
        return ""
    piece = " ".join(random.choice(PIECES) for _ in range(3))
    return (piece * (size // len(piece.encode()) + 1))[:size]


def name(random: Random) -> str:
    chosen = random.choice(ODD_NAMES)
    return chosen if random.random() < 0.6 else f"{chosen}{random.randrange(100)}"


def value(random: Random, size: int, depth: int = 0) -> Any:
    """A JSON value of about that many bytes."""
    kind = random.randrange(6 if depth < 3 else 4)
    if kind == 0 and size > 16:
        return [random.randrange(10**6) / 100 for _ in range(size // 9)]
    if kind == 1:
        return text(random, size)
    if kind in (2, 3):
        return [text(random, size), random.choice((0, -1.5, 1e300, 12345678901234567890, True, False, None, ""))][
            kind - 2
        ]
    parts = random.randint(1, 4)
    values = [value(random, size // parts, depth + 1) for _ in range(parts)]
    return values if kind == 4 else {f"{name(random)}{index}": item for index, item in enumerate(values)}


def trigger(random: Random, size: Bounds, fields: Bounds, odd: bool) -> Json:
    """The fields in addition to those of every trigger."""
    count = between(random, fields)
    room = between(random, size) // max(count, 1)
    made: Json = {}
    for index in range(count):
        key = f"{name(random)}{index}" if odd else f"field_{index}"
        made[key] = value(random, room)
    return made


def condition(random: Random, holds: bool, padding: int) -> Json:
    """A config with that outcome."""
    every = random.random() < 0.5
    # Another condition decides an `and` that does not hold, or an `or` that holds.
    others = [random.choice(HOLD if every else DO_NOT_HOLD) for _ in range(random.randint(0, 2))]
    conditions = [*others, random.choice(HOLD if holds else DO_NOT_HOLD)]
    if padding > 60:
        numbers = [random.randrange(10**6) for _ in range(padding // 8)]
        conditions.append({"field_name": "total", "operator": "in", "value": [*numbers, *([TOTAL] if every else [])]})
    random.shuffle(conditions)
    return {"conditions": conditions, "logic_type": "and" if every else "or"}
