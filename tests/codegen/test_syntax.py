"""What is said of a text that is no YAML: our words, whichever parser is at hand."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from codegen import syntax

CASES = [
    ("a:\n\tb: 1\n", "2:1 a tab cannot indent a line; use blanks"),
    ("a:\n  b: 1\n\t c: 2\n", "3:1 a tab cannot indent a line; use blanks"),
    ('a: "x\nb: 1\n', '1:4 the quote " is opened here and never closed'),
    ("a: 'x\nb: 1\n", "1:4 the quote ' is opened here and never closed"),
    (
        "a: 'it's'\n",
        "1:8 the text ended with the quote before this;"
        " a quote inside is written '' between '...', and \\\" between \"...\"",
    ),
    (
        "a: [1, 2\nb: 1\n",
        "1:4 '[' is opened here and not closed: there is neither ',' nor ']' in front of line 2, column 2",
    ),
    (
        "a: {x: 1\nb: 1\n",
        "1:4 '{' is opened here and not closed: there is neither ',' nor '}' in front of line 2, column 2",
    ),
    ("a: [1, 2\n", "1:4 '[' is opened here and never closed"),
    ("a: {x: 1\n\n", "1:4 '{' is opened here and never closed"),
    ("a: [1}\n", "1:6 '}' closes the '[' of line 1; that needs ']'"),
    ("a: {x: 1]\n", "1:9 ']' closes the '{' of line 1; that needs '}'"),
    ('a: ["x" "y"]\n', "1:9 ',' or ']' must stand here, after what began with '['"),
    ("a: ]\n", "1:4 ']' closes nothing"),
    ("a: [1]]\n", "1:7 ']' closes nothing"),
    ("a: {x: 1}}\n", "1:10 '}' closes nothing"),
    ("a: {{name}} x\n", "1:13 what began with a bracket ended with the '}' before this; put a text in quotes"),
    ("doc: Rings: a bell.\n", "1:11 a colon in a text without quotes; put the text in quotes"),
    ("a: {doc: Rings: a bell}\n", "1:15 a colon in a text without quotes; put the text in quotes"),
    (
        "a: 1\n  b: 1\n",
        "2:3 this line stands deeper than the one above, whose key has a value already; begin it below that key",
    ),
    ("a\nb: 1\n", "2:1 the line above has no ':' after its key: 'a'"),
    ("a" * 1200 + ": 1\n", "1:1201 a colon that no key stands before"),
    (
        "a:\n  b: 1\n c: 1\n",
        "3:2 this line begins in column 2, as nothing above that is still open does;"
        " the keys that it could belong to began in line 1, column 1",
    ),
    ("  a: 1\nb: 1\n", "2:1 what the file holds ended before this line; all keys of a spec begin in the same column"),
    ("a: 1\nb\nc: 2\n", "2:1 no ':' after the key 'b'"),
    ("a: 1\nb:1\n", "2:1 a blank must stand after ':'"),
    ("a:\n- b\n-c\n", "3:1 a blank must stand after '-'"),
    ("a:\n  - b\n  c: 1\n", "3:3 a key among the items of the list that began in line 2; an item begins with '- '"),
    ("a: - b\n", "1:4 a list cannot begin in the line of its key; write it below, or as [a, b]"),
    ("a: 1\n- b\n", "2:1 an item of a list among keys; a list stands below a key of its own"),
    ("a: *\n", "1:4 a text cannot begin with '*' without quotes"),
    ("a: ? b\n", "1:4 a text cannot begin with '?' without quotes"),
    ('a: "x\nb: 1\nc: "y" z\n', '1:4 the quote " that is opened here is closed in line 3 only'),
    ("a: {b: [c]+}\n", "1:11 what began with a bracket ended with the ']' before this; put a text in quotes"),
    ("a: {b: c[]}\n", "1:9 a text cannot hold '[' here without quotes; put the text in quotes"),
    ("a: & b\n", "1:4 a text cannot begin with '&' without quotes"),
    ("a: *b c\n", "1:7 'c' cannot stand here; put a text in quotes"),
    (
        'a: "^\\w+$"\n',
        "1:6 '\\w' between double quotes is no character; write \\\\ for a backslash, or put the text in single quotes",
    ),
    (
        'a: "\\x1"\n',
        "1:5 '\\x' between double quotes is no character; write \\\\ for a backslash, or put the text in single quotes",
    ),
    ("a: !! x\n", "1:4 '!' begins a tag, and only '!ref NAME' is one; put a text in quotes"),
    ("a: !x!y 1\n", "1:4 '!' begins a tag, and only '!ref NAME' is one; put a text in quotes"),
    ("a: @x\n", "1:4 a text cannot begin with '@' without quotes"),
    ("a: `x`\n", "1:4 a text cannot begin with '`' without quotes"),
    ("a: %x\n", "1:4 a text cannot begin with '%' without quotes"),
    ("a: | b\n", "1:6 after '|' the line must end; the text begins in the next one"),
    ("a: |\nb\n", "2:1 the text after '|' or '>' must stand deeper than its key"),
    ("a: [1,, 2]\n", "1:7 nothing stands before this ','"),
    ("%YAML 2.0\n---\na: 1\n", "1:1 a line with '%' at its beginning; a spec needs none"),
    ("%YAML 1.2\na: 1\n", "2:1 after a line with '%' one with '---' must come; neither is needed"),
]


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("text", "said"), CASES, ids=[text[:20] for text, _ in CASES])
def test_the_words_are_ours(text: str, said: str, loader: str) -> None:
    chosen: Any = getattr(yaml, loader)
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        list(yaml.parse(text, Loader=chosen))
    place, words = syntax.explain(caught.value, text)
    assert f"{place.line + 1}:{place.column + 1} {words}" == said


def test_what_no_one_foresaw_is_told_as_the_parser_does() -> None:
    place, words = syntax.explain(yaml.MarkedYAMLError(problem="the moon is full"), "a: 1\n")
    assert (place, words) == ((0, 0), "it cannot be read here: the moon is full")
