"""Patterns: a sequence of character sets, each with a count. A pattern that this module accepts means the same in
JSON Schema and in the C matcher, which never backtracks."""

from __future__ import annotations

from dataclasses import dataclass

ALL = frozenset(range(0x20, 0x7F))
SPECIAL = set("()|.*+?{}[]^$\\")
# The patterns that parse() accepts, for schemas; the order of ranges and ambiguous repetitions are not checked here.
_ESCAPED = r"\\[ -/:-@\[-`{-~]"
_LISTED = rf"({_ESCAPED}|-\[|[ -Z^-~])+"
_SET = rf"\[(\^{_LISTED}|(?!\^){_LISTED})\]"
_PLAIN = r"(?![()|.*+?{}\[\]^$\\])[ -~]"
_TIMES = r"([?*+]|\{(?!0+(,0+)?\})[0-9]+(,[0-9]*)?\})?"
GRAMMAR = rf"\^(({_SET}|{_ESCAPED}|{_PLAIN}){_TIMES})+\$"


class PatternError(ValueError):
    """The fault of a pattern."""


@dataclass(frozen=True)
class Piece:
    chars: frozenset[int]  # listed characters; printable ASCII
    inverted: bool
    minimum: int
    maximum: int | None

    def overlaps(self, other: Piece) -> bool:
        if self.inverted and other.inverted:
            return True
        if self.inverted:
            return bool(other.chars - self.chars)
        if other.inverted:
            return bool(self.chars - other.chars)
        return bool(self.chars & other.chars)

    def pairs(self) -> str:
        """The set as first and last character of each run."""
        text, run = "", sorted(self.chars)
        while run:
            last = run[0]
            while last + 1 in self.chars:
                last += 1
            text += chr(run[0]) + chr(last)
            run = [char for char in run if char > last]
        return text


def parse(pattern: str) -> tuple[Piece, ...]:
    """The pieces of `^...$`."""
    if not pattern.startswith("^") or not pattern.endswith("$") or len(pattern) < 2:
        raise PatternError("a pattern must begin with ^ and end with $")
    pieces: list[Piece] = []
    rest = pattern[1:-1]
    while rest:
        chars, inverted, rest = _set(rest)
        minimum, maximum, rest = _quantifier(rest)
        pieces.append(Piece(chars, inverted, minimum, maximum))
    if not pieces:
        raise PatternError("it says nothing")
    _check_unambiguous(pieces)
    return tuple(pieces)


def _set(rest: str) -> tuple[frozenset[int], bool, str]:
    if rest[0] == "[":
        return _class(rest)
    if rest[0] == "\\" and len(rest) > 1:
        return _escaped(rest[1]), False, rest[2:]
    if rest[0] in SPECIAL or ord(rest[0]) not in ALL:
        raise PatternError(f"'{rest[0]}' is not supported; only characters, sets like [a-z] and {{m,n}} ? * + are")
    return frozenset({ord(rest[0])}), False, rest[1:]


def _escaped(char: str) -> frozenset[int]:
    if char.isalnum() or ord(char) not in ALL:
        raise PatternError(f"'\\{char}' is not supported; write a set like [0-9]")
    return frozenset({ord(char)})


def _class(rest: str) -> tuple[frozenset[int], bool, str]:
    index, inverted = 1, False
    if rest[1:2] == "^":
        index, inverted = 2, True
    chars: set[int] = set()
    while index < len(rest) and rest[index] != "]":
        if rest[index] == "\\" and index + 1 < len(rest):
            chars |= _escaped(rest[index + 1])
            index += 2
            continue
        first = rest[index]
        if rest[index + 1 : index + 2] == "-" and rest[index + 2 : index + 3] not in ("", "]"):
            last = rest[index + 2]
            if not first <= last:
                raise PatternError(f"range {first}-{last} is the wrong way round")
            index += 3
        else:
            last = first
            index += 1
        if ord(first) not in ALL or ord(last) not in ALL or first == "[":
            raise PatternError("sets hold printable ASCII characters; escape [ as \\[")
        chars |= set(range(ord(first), ord(last) + 1))
    if index >= len(rest):
        raise PatternError("a set is not closed by ]")
    if not chars:
        raise PatternError("a set is empty")
    return frozenset(chars), inverted, rest[index + 1 :]


def _quantifier(rest: str) -> tuple[int, int | None, str]:
    simple: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
    if rest[:1] in simple:
        low, high = simple[rest[0]]
        return low, high, rest[1:]
    if rest[:1] != "{":
        return 1, 1, rest
    inside, closed, after = rest[1:].partition("}")
    lowest, comma, highest = inside.partition(",")
    if not closed or not lowest.isdecimal() or (highest and not highest.isdecimal()):
        raise PatternError("write {m}, {m,} or {m,n}")
    low = int(lowest)
    high = (int(highest) if highest else None) if comma else low
    if high is not None and (high < low or high == 0):
        raise PatternError(f"{{{inside}}} can never be met" if high < low else f"{{{inside}}} says nothing")
    return low, high, after


def _check_unambiguous(pieces: list[Piece]) -> None:
    for index, piece in enumerate(pieces):
        if piece.minimum == piece.maximum:
            continue
        for follower in pieces[index + 1 :]:
            if piece.overlaps(follower):
                raise PatternError(
                    "where a repeated set ends must be plain: the sets after it must not share characters with it"
                )
            if follower.minimum > 0:
                break


State = tuple[int, int]  # the piece being matched, and the number of its characters so far
MOST_STATES = 20_000


def covers(wide: tuple[Piece, ...], narrow: tuple[Piece, ...]) -> bool:
    """Whether the first pattern matches every text that the second one matches. False if the search takes too long."""
    chars = _kinds(wide + narrow)
    start = (frozenset(_open(narrow, {(0, 0)})), frozenset(_open(wide, {(0, 0)})))
    seen, left = {start}, [start]
    while left:
        one, other = left.pop()
        if (len(narrow), 0) in one and (len(wide), 0) not in other:
            return False
        for char in chars:
            found = (_step(narrow, one, char), _step(wide, other, char))
            if found[0] and found not in seen:
                seen.add(found)
                left.append(found)
        if len(seen) > MOST_STATES:
            return False
    return True


def _kinds(pieces: tuple[Piece, ...]) -> list[int]:
    """One character of each class that the pieces distinguish; -1 for characters that no piece lists."""
    return list({tuple(char in piece.chars for piece in pieces): char for char in (-1, *ALL)}.values())


def _open(pieces: tuple[Piece, ...], states: set[State]) -> set[State]:
    """The states, and the states that are reachable from them without a character."""
    for index, count in sorted(states):
        while index < len(pieces) and count >= pieces[index].minimum:
            index, count = index + 1, 0
            states.add((index, count))
    return states


def _step(pieces: tuple[Piece, ...], states: frozenset[State], char: int) -> frozenset[State]:
    found: set[State] = set()
    for index, count in states:
        if index == len(pieces) or (char in pieces[index].chars) == pieces[index].inverted:
            continue
        piece = pieces[index]
        if piece.maximum is None:
            found.add((index, min(count + 1, piece.minimum)))
        elif count < piece.maximum:
            found.add((index, count + 1))
    return frozenset(_open(pieces, found))


def sizes(pieces: tuple[Piece, ...]) -> tuple[int, int | None]:
    """The smallest and largest length of a matching text."""
    maxima = [piece.maximum for piece in pieces]
    known = [count for count in maxima if count is not None]
    return sum(piece.minimum for piece in pieces), sum(known) if len(known) == len(maxima) else None
