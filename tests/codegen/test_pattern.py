"""Patterns mean the same in JSON Schema and in C, which matches piece after piece and never backtracks."""

from __future__ import annotations

import contextlib
import itertools
import random
import re

import pytest

from codegen import pattern
from codegen.pattern import PatternError, Piece, covers, parse, sizes

LETTERS = " !$-09AZ[]^az~\\\u00e4\n"


def matches(pieces: tuple[Piece, ...], text: str) -> bool:
    """Whether a text matches, computed as decode.c does."""
    at = 0
    for piece in pieces:
        count = 0
        while at < len(text) and count != piece.maximum and (ord(text[at]) in piece.chars) != piece.inverted:
            at, count = at + 1, count + 1
        if count < piece.minimum:
            return False
    return at == len(text)


def random_set(chance: random.Random) -> str:
    kinds = (
        "a",
        "Z",
        "-",
        " ",
        "\\\\",
        "\\]",
        "\\[",
        "[a-z]",
        "[^a-z]",
        "[ -~]",
        "[09]",
        "[^\\]]",
        "[a-]",
        "[-z]",
        "[!-9A]",
        "[z-z]",
    )
    return chance.choice(kinds)


def random_pattern(chance: random.Random) -> str:
    parts = [
        random_set(chance) + chance.choice(("", "", "?", "*", "+", "{2}", "{1,}", "{1,3}", "{0,2}"))
        for _ in range(chance.randrange(1, 4))
    ]
    return f"^{''.join(parts)}$"


def test_pieces_match_what_the_pattern_does() -> None:
    chance = random.Random("patterns")
    agreed = {True: 0, False: 0}
    parsed = 0
    while parsed < 400:
        text = random_pattern(chance)
        try:
            pieces = pattern.parse(text)
        except pattern.PatternError:
            continue
        parsed += 1
        assert re.fullmatch(pattern.GRAMMAR, text)
        for _ in range(60):
            sample = "".join(chance.choice(LETTERS) for _ in range(chance.randrange(0, 6)))
            expected = re.fullmatch(text[1:-1], sample, re.DOTALL) is not None
            assert matches(pieces, sample) == expected, (text, sample)
            agreed[expected] += 1
    assert min(agreed.values()) > 1000


@pytest.mark.parametrize(
    ("text", "chars", "inverted", "minimum", "maximum"),
    [
        ("^[ -~]$", 95, False, 1, 1),
        ("^[ ]{3}$", 1, False, 3, 3),
        ("^[~]$", 1, False, 1, 1),
        ("^[a-a]?$", 1, False, 0, 1),
        ("^[a-c-]*$", 4, False, 0, None),
        ("^[^\\]\\\\]+$", 2, True, 1, None),
        ("^\\${0,2}$", 1, False, 0, 2),
        ("^-{5,}$", 1, False, 5, None),
    ],
)
def test_a_piece(text: str, chars: int, inverted: bool, minimum: int, maximum: int | None) -> None:
    (piece,) = pattern.parse(text)
    assert (len(piece.chars), piece.inverted, piece.minimum, piece.maximum) == (chars, inverted, minimum, maximum)


@pytest.mark.parametrize(
    "text", ["", "^", "$", "a", "^a", "a$", "^$", "^[a\\$", "^a\\$", "^[\\d]$", "^\\d$", "^\u00e4$", "^[\u00e4]$"]
)
def test_invalid_patterns(text: str) -> None:
    with pytest.raises(pattern.PatternError):
        pattern.parse(text)
    assert not re.fullmatch(pattern.GRAMMAR, text)


def some_pattern(chance: random.Random) -> str:
    """A random pattern of the letters a to c, for at most four characters except where a count is unbounded."""
    sets = ("a", "b", "[ab]", "[bc]", "[^a]", "[^bc]")
    times = ("", "?", "*", "+", "{2}", "{1,2}")
    parts = [chance.choice(sets) + chance.choice(times) for _ in range(chance.randrange(1, 4))]
    return f"^{''.join(parts)}$"


def test_which_pattern_covers_which_is_what_texts_show() -> None:
    chance = random.Random("covers")
    texts = ["".join(chars) for size in range(8) for chars in itertools.product("abcd", repeat=size)]
    known: dict[str, set[str]] = {}
    while len(known) < 60:
        text = some_pattern(chance)
        with contextlib.suppress(PatternError):
            parse(text)
            known[text] = {one for one in texts if re.fullmatch(text[1:-1], one)}
    found = {(wide, narrow): covers(parse(wide), parse(narrow)) for wide in known for narrow in known}
    assert found == {(wide, narrow): known[narrow] <= known[wide] for wide, narrow in found}
    assert 200 < sum(found.values()) < 3000


def test_a_comparison_that_takes_too_long_counts_as_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert covers(parse("^[a-z]{0,300}$"), parse("^[a-y]{0,300}$"))
    monkeypatch.setattr(pattern, "MOST_STATES", 100)
    assert not covers(parse("^[a-z]{0,300}$"), parse("^[a-y]{0,300}$"))


def test_how_many_characters_match() -> None:
    assert sizes(parse("^[A-Z]{2}-[0-9]{0,3}$")) == (3, 6)
    assert sizes(parse("^a+$")) == (1, None)


def test_the_form_for_schemas_refuses_no_pattern() -> None:
    chance = random.Random("forms")
    found = 0
    while found < 300:
        text = f"^{''.join(chance.choices('aZ0 -[]^{},1?*+.|$', k=chance.randrange(1, 7)))}$"
        with contextlib.suppress(pattern.PatternError):
            pattern.parse(text)
            found += 1
            assert re.fullmatch(pattern.GRAMMAR, text), text
