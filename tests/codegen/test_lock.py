"""The lock: changes that would break saved rules are refused, with their place; additions pass and are reported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codegen import checker, lock
from codegen.report import SpecError
from tests.codegen.support import GOOD, ROOT, command, load

SPEC = """spec_version: 1
actions:
  post:
    summary: Sends a parcel.
    group: core
    effects: read
    outputs: {sent: It went., kept: It stayed.}
    config:
      size: {type: enum, values: [small, large], default: small, aliases: [extent], doc: How large.}
      weight: {type: integer, min: 1, max: 40, doc: Kilograms.}
      price: {type: decimal, min: 0.5, max: 99.5, default: 1.50, doc: What it costs.}
      label: {type: string, template: true, max_length: 20, doc: What is on it.}
      code: {type: string, pattern: "^[A-Z]+$", doc: Where it goes.}
      note: {type: string, required: true, min_length: 0, doc: Anything.}
      sender: {type: uuid, doc: Whose it is.}
      key: {type: string, context_key: true, doc: Of the context.}
      kind: {type: string, one_of: [box, tube], doc: Of what form.}
      box: {type: object, when: {kind: box}, doc: The box., fields: {lid: {type: boolean, doc: Has it one?}}}
      free: {type: object, doc: Whatever.}
      stops: {type: list, max_items: 9, doc: The way., of: {type: object, fields: {at: {type: string, doc: Where.}}}}
      route: {type: string, pattern: "^[A-Z]{2}[0-9]{0,4}$", doc: Which way.}
      sign: {type: string, doc: What is drawn on it.}
      receipt: {type: string, format: uuid, doc: Of an earlier one.}
      within: {type: duration, default: 1h30m, doc: How fast.}
      frail: {type: boolean, doc: May it fall?}
      way: {type: variant, tag: by, doc: How., variants: {sea: {port: {type: string, doc: P.}}, air: {}}}
      low: {type: integer, doc: Less.}
      high: {type: integer, doc: More.}
      careful: {type: boolean, default: false, doc: May it be thrown?}
      loose: {type: string, required: true, strict: check, doc: Only checked.}
      stamps: {type: map, key_pattern: "^[a-z]{2,5}$", max_items: 7, of: {type: scalar, template: true}, doc: Its.}
      alias: {type: string, required: true, doc: Names a key.}
      fill: {type: any, template: typed, doc: What is in it.}
      readers:
        type: object
        some_of: [users, roles]
        doc: For whom.
        fields:
          users: {type: list, doc: Users., of: {type: any}}
          roles: {type: list, doc: Roles., of: {type: any}}
          more: {type: list, doc: Others., of: {type: any}}
    result:
      number: {type: string, doc: Of the parcel.}
      sent_at: {type: timestamp, doc: Sent at.}
      legs: {type: list, of: {type: object, fields: {to: {type: string, doc: Where.}}}, doc: The way.}
      maybe: {type: integer, optional: true, doc: Sometimes.}
      state: {type: enum, values: [open, shut], doc: Is it open?}
      share: {type: integer, doc: Of the postage.}
      ratio: {type: number, doc: Of the prices.}
      rest: {type: any, doc: What else there is.}
      fees: {type: map, of: {type: integer}, doc: What each cost.}
      word: {type: scalar, doc: Anything short.}
      called: {type: any, key_from: alias, suffix: _s, doc: As the rule calls it.}
    rules:
      - {field: receipt, requires: [free, sign]}
      - {strict: check, compare: low <= high}
    examples:
      - title: One
        config: {alias: x, note: x, loose: x, sender: 5cf37266-3473-4006-984f-9325122678b7, key: x}
"""
FILLER = """
  linger:
    summary: Waits.
    group: core
    effects: pure
    examples: [{title: One, config: {}}]
"""
MEANT = "which would break saved rules"

# The change, and the expected message: the text at which its place begins, and its words.
BREAKS = [
    ("tag: by", "tag: via", "way:", "field 'way' had the tag 'by' and has 'via'"),
    (", air: {}", ", rail: {}", "way:", "field 'way' does not take air any more"),
    (
        "{port: {type: string, doc",
        "{port: {type: string, max_length: 3, doc",
        "port:",
        "field 'way.port' must have at most",
    ),
    (
        "way: {type: variant, tag: by, doc: How., variants: {sea: {port: {type: string, doc: P.}}, air: {}}}",
        "way: {type: object, doc: How., fields: {by: {type: string, doc: B.}}}",
        "way:",
        "field 'way' was of type variant",
    ),
    ("1h30m, doc", "1h30m, min: 1m, doc", "within:", "field 'within' must be at least 1m now"),
    ("1h30m, doc", "1h30m, max: 2h, doc", "within:", "field 'within' must be at most 2h now"),
    ("format: uuid, doc: Of", "format: url, doc: Of", "receipt:", "field 'receipt' must be a url now"),
    ("[free, sign]", "[free, sign, key]", "{field: receipt", "a rule is new: free, sign and key required where"),
    ("strict: check, compare", "compare", "{compare: low", "a rule is new: low is at most high"),
    (
        "    rules:\n",
        "    rules:\n      - {at_least_one_of: [sign, key, low]}\n",
        "{at_least",
        "a rule is new: at least one",
    ),
    (
        "    rules:\n",
        "    rules:\n      - {field: sign, excludes: [key]}\n",
        "{field: sign",
        "a rule is new: key absent where",
    ),
    ("weight: {type: integer, min: 1, max: 40, doc: Kilograms.}", "", "post:", "field 'weight' is gone"),
    ("aliases: [extent], ", "", "size:", "alias 'extent' of field 'size' is gone"),
    ("min: 1, max: 40", "min: 2, max: 40", "weight:", "field 'weight' must be at least 2 now"),
    ("min: 1, max: 40", "min: 1, max: 39", "weight:", "field 'weight' must be at most 39 now"),
    ("min: 0.5, max: 99.5", "min: 0.51, max: 99.5", "price:", "field 'price' must be at least 0.51 now"),
    ("{type: uuid,", "{type: uuid, required: true,", "sender:", "field 'sender' is required now"),
    ("key: {type: string,", "key: {type: string, required: true,", "key:", "field 'key' is required now"),
    ("key: {", "new: {type: string, required: true, doc: x}\n      key: {", "new:", "field 'new' is new and required"),
    (
        "weight: {type: integer, min: 1, max: 40",
        "weight: {type: string",
        "weight:",
        "field 'weight' was of type integer and is of type str",
    ),
    (
        "weight: {type: integer, min: 1, max: 40",
        "weight: {type: boolean",
        "weight:",
        "field 'weight' was of type integer",
    ),
    ("values: [small, large]", "values: [small, huge]", "size:", "field 'size' does not take large any more"),
    ("one_of: [box, tube]", "one_of: [box]", "kind:", "field 'kind' does not take tube any more"),
    (
        "key: {type: string, context_key: true,",
        "key: {type: string, context_key: true, one_of: [x],",
        "key:",
        "field 'key' takes only certain",
    ),
    ("default: 1h30m", "default: 91m", "within:", "field 'within' had the default 1h30m and has 91m"),
    ("default: 1.50", "default: 1.51", "price:", "field 'price' had the default 1.50 and has 1.51"),
    ("default: 1.50, ", "", "price:", "field 'price' has no default any more; it was 1.50"),
    ("template: true, ", "", "label:", "field 'label' may not hold templates any more"),
    ("max_length: 20", "max_length: 19", "label:", "field 'label' must have at most 19 characters now"),
    ("max_length: 20", "min_length: 2, max_length: 20", "label:", "field 'label' must have at least 2 characters now"),
    ("^[A-Z]+$", "^[A-Y]+$", "code:", "field 'code' must match another pattern now"),
    ("max_length: 20", 'max_length: 20, pattern: "^x*$"', "label:", "field 'label' must match a pattern now"),
    ("max_length: 20", "max_length: 20, format: uuid", "label:", "field 'label' must be a uuid now"),
    (", min_length: 0", "", "note:", "field 'note' must have at least 1 character now"),
    ("context_key: true, ", "", "key:", "field 'key' names no key of the context any more"),
    ("{kind: box}", "{kind: tube}", "box:", "field 'box' counts under another condition now ('when')"),
    ("lid: {type: boolean", "cap: {type: boolean", "box:", "field 'box.lid' is gone"),
    (
        "free: {type: object,",
        "free: {type: object, fields: {a: {type: any, doc: x}},",
        "free:",
        "field 'free' was any object",
    ),
    ("max_items: 9", "max_items: 8", "stops:", "field 'stops' must have at most 8 items now"),
    ("max_items: 9", "min_items: 1, max_items: 9", "stops:", "field 'stops' must have at least 1 item now"),
    ("{at: {type: string", "{at: {type: string, required: true", "at:", "field 'stops[].at' is required now"),
    ("[users, roles]", "[users]", "readers:", "field 'readers' must have something in users now"),
    (", strict: check", "", "loose:", "field 'loose' is enforced at run time now"),
    (", kept: It stayed.", "", "post:", "output 'kept' is gone"),
    ("number: {type: string", "count: {type: string", "post:", "result field 'number' is gone"),
    (
        "sent_at: {type: timestamp",
        "sent_at: {type: string",
        "sent_at:",
        "result field 'sent_at' was of type timestamp and is of type s",
    ),
    (
        "{type: timestamp,",
        "{type: timestamp, optional: true,",
        "sent_at:",
        "result field 'sent_at' is not always present any more",
    ),
    ("{to: {type: string", "{too: {type: string", "{type: object, fields: {too:", "result field 'legs[].to' is gone"),
    ("parcel.\n    group: core", "parcel.\n    group: extended", "post:", "it is no longer in the group core"),
    (
        "kept: It stayed.",
        "kept: It stayed., lost: It is lost.",
        "post:",
        "output 'lost' is new, and no rule has an edge",
    ),
    ("values: [open, shut]", "values: [open, shut, ajar]", "state:", "result field 'state' may be ajar now, which no"),
    (
        "type: enum, values: [open, shut]",
        "type: string",
        "state:",
        "result field 'state' was of type enum and is of ty",
    ),
    ("share: {type: integer", "share: {type: number", "share:", "result field 'share' was of type integer"),
    ("parcel.\n", "parcel.\n    mode: async\n", "post:", "its mode was sync and is async"),
    ("parcel.\n", "parcel.\n    mode: human\n", "post:", "its mode was sync and is human"),
    (
        "weight: {type: integer,",
        "weight: {type: integer, default: 3,",
        "weight:",
        "field 'weight' has the default 3 now",
    ),
    (
        "frail: {type: boolean,",
        "frail: {type: boolean, default: true,",
        "frail:",
        "field 'frail' has the default true n",
    ),
    (
        "careful: {type: boolean, default: false",
        "careful: {type: boolean, default: true",
        "careful:",
        "field 'careful' ha",
    ),
    (
        "sign: {type: string",
        "sign: {type: string, context_key: true",
        "sign:",
        "field 'sign' names a key of the context no",
    ),
    ("[A-Z]{2}[0-9]{0,4}", "[A-Z]{2}[0-9]{1,4}", "route:", "field 'route' must match another pattern now"),
    ("[A-Z]{2}[0-9]{0,4}$", "[A-Z]{2}[0-9]{0,3}$", "route:", "field 'route' must match another pattern now"),
    ('{2}[0-9]{0,4}$"', '{2}[0-9]{0,4}$", max_length: 5', "route:", "field 'route' must have at most 5 characters now"),
    (
        "one_of: [box, tube]",
        "one_of: [box, tube], max_length: 3",
        "kind:",
        "field 'kind' must have at most 3 characters",
    ),
    (
        "one_of: [box, tube]",
        'one_of: [box, tube], pattern: "^[a-s]*$"',
        "kind:",
        "field 'kind' must match a pattern now",
    ),
    ("kind: {type: string, one_of: [box, tube]", "kind: {type: enum, values: [box]", "kind:", "field 'kind' does not"),
    (
        "sign: {type: string",
        "sign: {type: enum, values: [a]",
        "sign:",
        "field 'sign' was of type string and is of type en",
    ),
    ("sign: {type: string", "sign: {type: uuid", "sign:", "field 'sign' was of type string and is of type uuid"),
    (
        "sender: {type: uuid,",
        "sender: {type: string, max_length: 36,",
        "sender:",
        "field 'sender' must have at most 36",
    ),
    ("stamps: {type: map, key", "marks: {type: map, key", "post:", "field 'stamps' is gone"),
    ("^[a-z]{2,5}$", "^[a-z]{2,4}$", "stamps:", "field 'stamps' must have keys that match another pattern now"),
    ("max_items: 7", "max_items: 6", "stamps:", "field 'stamps' must have at most 6 items now"),
    (
        "of: {type: scalar, template: true}",
        "of: {type: integer}",
        "{type: integer}, doc: Its",
        "field 'stamps{}' was of type scalar and is of type integer",
    ),
    (
        "{type: scalar, template: true}",
        "{type: scalar}",
        "{type: scalar}, doc: Its",
        "field 'stamps{}' may not hold templates any more",
    ),
    (
        "free: {type: object,",
        "free: {type: map, of: {type: any},",
        "free:",
        "field 'free' was of type object and is of type map",
    ),
    (
        "of: {type: integer}, doc: What each",
        "of: {type: any}, doc: What each",
        "{type: any}, doc: What each",
        "result field 'fees{}' was of type integer",
    ),
    (
        "{type: scalar, template: true}",
        "{type: scalar, template: typed}",
        "{type: scalar, template: typed}",
        "field 'stamps{}' gives a template its own type now",
    ),
    (
        "{type: any, template: typed,",
        "{type: any, template: true,",
        "fill:",
        "field 'fill' gives a template as text now",
    ),
    ("suffix: _s, ", "suffix: _t, ", "called:", "result field 'called' has another key now"),
    (
        "maybe: {type: integer",
        "more_s: {type: any, doc: x}\n      maybe: {type: integer",
        "alias:",
        "field 'alias' may not be more any more",
    ),
    ("word: {type: scalar", "word: {type: any", "word:", "result field 'word' was of type scalar"),
]
PASSES = [
    (", air: {}", ", air: {code: {type: string, doc: x}}, rail: {}"),
    (
        "way: {type: variant, tag: by, doc: How., variants: {sea: {port: {type: string, doc: P.}}, air: {}}}",
        "way: {type: object, doc: How.}",
    ),
    ("[free, sign]", "[sign]"),
    ("      - {strict: check, compare: low <= high}\n", ""),
    ("sign: {type: string,", "sign: {type: string, secret: true,"),
    ("min: 1, max: 40", "max: 41"),
    ("key: {", "new: {type: string, doc: x}\n      key: {"),
    ("weight: {type: integer, min: 1, max: 40", "weight: {type: number, min: 1, max: 40"),
    ("weight: {type: integer, min: 1, max: 40", "weight: {type: any"),
    ("sender: {type: uuid,", "sender: {type: string, format: uuid,"),
    ("kind: {type: string, one_of: [box, tube],", "kind: {type: string, one_of: [box, tube, bag],"),
    ("      weight: {", "      mass: {aliases: [weight], "),
    ("some_of: [users, roles]", "some_of: [users, roles, more]"),
    ("        some_of: [users, roles]\n", ""),
    (', pattern: "^[A-Z]+$"', ""),
    ("required: true, min_length: 0", "min_length: 0"),
    ("required: true, strict: check", "strict: check"),
    ("lid: {", "lock: {type: any, doc: x}, lid: {"),
    ("free: {type: object", "free: {type: any"),
    ("maybe: {type: integer, optional: true", "maybe: {type: integer"),
    ("number: {", "more: {type: any, doc: x}\n      number: {"),
    ("{to: {", "{from: {type: string, doc: x}, to: {"),
    ("values: [open, shut]", "values: [open]"),
    ("number: {type: string", "number: {type: uuid"),
    ("ratio: {type: number", "ratio: {type: integer"),
    ("rest: {type: any", "rest: {type: boolean"),
    ("frail: {type: boolean,", "frail: {type: boolean, default: false,"),
    ("careful: {type: boolean, default: false", "careful: {type: boolean"),
    ("default: 1.50", "default: 1.5"),
    ("default: 1h30m", "default: 90m"),
    ("required: true, min_length: 0", "default: x"),
    ("[A-Z]{2}[0-9]{0,4}", "[A-Z]{2}[0-9]*"),
    ("[A-Z]{2}[0-9]{0,4}", "[A-Z]+[0-9]{0,5}"),
    ("[A-Z]{2}[0-9]{0,4}", "[^a-z]{2,8}"),
    ('"^[A-Z]{2}[0-9]{0,4}$"', '"^[A-Z][A-Z][0-9]{0,4}$"'),
    ('[0-9]{0,4}$"', '[0-9]{0,4}$", min_length: 2, max_length: 6'),
    ("kind: {type: string, one_of: [box, tube]", "kind: {type: enum, values: [box, tube]"),
    ("one_of: [box, tube]", 'one_of: [box, tube], pattern: "^[a-z]*$", min_length: 3, max_length: 4'),
    ("receipt: {type: string, format: uuid", "receipt: {type: uuid"),
    ("sender: {type: uuid,", "sender: {type: string, min_length: 32, max_length: 45,"),
    ("sign: {type: string", "sign: {type: scalar"),
    ("sign: {type: string", "sign: {type: scalar, template: typed"),
    ("^[a-z]{2,5}$", "^[a-z]+$"),
    ('key_pattern: "^[a-z]{2,5}$", ', ""),
    ("of: {type: scalar, template: true}", "of: {type: any, template: true}"),
    (
        'stamps: {type: map, key_pattern: "^[a-z]{2,5}$", max_items: 7, of: {type: scalar, template: true}',
        "stamps: {type: object, template: true",
    ),
    ("word: {type: scalar", "word: {type: boolean"),
]


class Locked:
    """A spec in a separate folder, and its lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec = folder / "a.yaml"
        self.lock = folder / "lock.json"
        self.spec.write_text(SPEC + FILLER)
        self.update()

    def update(self) -> None:
        self.lock.write_text(lock.text_of(load(self.spec)))

    def edit(self, old: str, new: str) -> None:
        text = self.spec.read_text()
        assert text.count(old) == 1, old
        self.spec.write_text(text.replace(old, new))

    def errors(self) -> list[str]:
        with pytest.raises(SpecError) as caught:
            self.check()
        return caught.value.report.lines()

    def check(self) -> list[str]:
        return lock.check(checker.load([self.spec], self.folder), self.lock, self.folder)

    def place(self, key: str) -> str:
        lines = self.spec.read_text().splitlines()
        line = next(index for index, line in enumerate(lines) if re.search(rf"(^|[ {{]){re.escape(key)}", line))
        return f"a.yaml:{line + 1}:{lines[line].index(key) + 1}"


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path)


@pytest.mark.parametrize(("old", "new", "place", "words"), BREAKS, ids=[words for *_, words in BREAKS])
def test_what_breaks_saved_rules_is_refused(locked: Locked, old: str, new: str, place: str, words: str) -> None:
    locked.edit(old, new)
    if new.startswith("new:"):
        locked.edit(", key: x}", ", key: x, new: x}")
    (line,) = locked.errors()
    assert line.startswith(f"{locked.place(place)}: error: action 'post': {words}")
    assert MEANT in line


@pytest.mark.parametrize(("old", "new"), PASSES, ids=[new.strip() or old for old, new in PASSES])
def test_additions_pass_and_are_reported(locked: Locked, old: str, new: str) -> None:
    assert locked.check() == []
    locked.edit(old, new)
    assert locked.check() == ["lock.json: run `make lock`: action 'post' has changed"]


def test_words_for_people_are_not_locked(locked: Locked) -> None:
    locked.edit("Kilograms.", "Grams.")
    locked.edit("summary: Waits.", "summary: Waits long.")
    assert locked.check() == []


def test_a_missing_action_is_an_error(locked: Locked) -> None:
    locked.spec.write_text(SPEC)
    (line,) = locked.errors()
    number = locked.lock.read_text().splitlines().index('    "linger": {') + 1
    said = "action 'linger' is gone, and saved rules may use it: restore it, or give the reason under 'removed'"
    assert line == f"lock.json:{number}:5: error: {said}"
    locked.edit("spec_version: 1\n", "spec_version: 1\nremoved: {linger: Nobody waits.}\n")
    assert locked.check() == ["lock.json: run `make lock`: action 'linger' is removed"]
    locked.update()
    assert locked.check() == []


def test_a_renamed_action_gets_a_hint(locked: Locked) -> None:
    locked.edit("\n  linger:", "\n  linger_on:")
    locked.edit("\n  post:", "\n  send_away:")
    lines = [line.partition("under 'removed'; ")[2] for line in locked.errors()]
    assert lines == [
        "if it was renamed to 'linger_on', keep the old name: rules use it",
        "if it was renamed to 'send_away', keep the old name: rules use it",
    ]


def test_a_new_action_is_reported(locked: Locked) -> None:
    locked.spec.write_text(SPEC + FILLER + FILLER.replace("linger", "linger_more"))
    assert locked.check() == ["lock.json: run `make lock`: action 'linger_more' is new"]


def test_a_reason_serves_once(locked: Locked) -> None:
    locked.edit("max: 40", "max: 30")
    locked.edit("summary: Sends", "breaking: Nobody lifts so much.\n    summary: Sends")
    assert locked.check() == ["lock.json: run `make lock`: action 'post' has changed"]
    locked.update()
    assert locked.check() == []

    locked.edit("max: 30", "max: 20")
    (line,) = locked.errors()
    assert line.endswith("which would break saved rules; its 'breaking' belongs to an earlier change")
    locked.edit("so much.", "even that.")
    assert len(locked.check()) == 1


def test_without_a_lock_everything_is_new(locked: Locked) -> None:
    locked.lock.unlink()
    assert locked.check() == ["lock.json: run `make lock`: action 'linger' is new, action 'post' is new"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<<<<<<< ours", "1:1: error: not valid JSON: Expecting value; after a merge, take one side of the file"),
        ("{}", "1:1: error: not as `make lock` writes it"),
        ('{"lock_version": 2, "actions": {}}', "1:1: error: not as `make lock` writes it"),
        ('{"lock_version": 1, "actions": {"post": 3}}', "1:5: error: action 'post': not as `make lock` writes it"),
        (
            "[" * 100_000,
            "1:1: error: not as `make lock` writes it; undo the change: git checkout",
        ),
    ],
)
def test_an_invalid_lock(locked: Locked, text: str, place: str) -> None:
    locked.lock.write_text(text)
    with pytest.raises(SpecError) as caught:
        locked.check()
    (line,) = str(caught.value).splitlines()  # and no advice about broken rules
    assert line.startswith(f"lock.json:{place}")


def test_each_invalid_entry_of_a_lock_is_reported_at_its_place(locked: Locked) -> None:
    text = locked.lock.read_text()
    locked.lock.write_text(text.replace('"mode": "sync"', '"mode": 7'))
    lines = [text.splitlines().index(f'    "{name}": {{') + 1 for name in ("linger", "post")]
    assert [line.partition(": error: ")[0] for line in locked.errors()] == [f"lock.json:{line}:5" for line in lines]


def test_a_renamed_field_gets_a_hint_to_add_an_alias(locked: Locked) -> None:
    locked.edit("lid: {type: boolean", "cap: {type: boolean")
    locked.edit("weight: {type: integer, min: 1, max: 40, doc: Kilograms.}", "mass: {type: string, doc: Kilograms.}")
    assert [line.partition("saved rules; ")[2] for line in locked.errors()] == [
        "if it is another field now, add `aliases: [weight]` there",
        "if it is 'box.cap' now, add `aliases: [lid]` there",
    ]


def test_whatever_is_done_to_a_lock_gives_errors(locked: Locked) -> None:
    text = locked.lock.read_text()
    for old, new in (
        ('"integer"', "7"),
        ('["box", "tube"]', "[7]"),
        ("[A-Z]+$", "[A-Z"),
        ('"required": true', '"required": 1'),
        ('"fields": {', '"fields": [{'),
    ):
        assert old in text
        locked.lock.write_text(text.replace(old, new))
        assert locked.errors()


def test_a_lock_of_before_modes_were_in_it(locked: Locked) -> None:
    locked.lock.write_text(locked.lock.read_text().replace('      "mode": "sync",\n', ""))
    locked.edit("parcel.\n", "parcel.\n    mode: async\n")
    assert locked.check() == ["lock.json: run `make lock`: action 'linger' has changed, action 'post' has changed"]


def test_the_command_refuses_and_updates(locked: Locked) -> None:
    arguments = ("--root", locked.folder, "--lock", locked.lock, locked.spec)
    assert command(*arguments).stderr == ""
    locked.edit("max: 40", "max: 30")
    before = locked.lock.read_text()
    refused = command("--update-lock", *arguments)
    assert refused.returncode == 1
    assert "field 'weight' must be at most 30 now, which would break saved rules\n" in refused.stderr
    assert refused.stderr.splitlines()[-1] == f"lock.json: {lock.ADVICE}"
    assert refused.stderr.count("make lock") == 1
    assert locked.lock.read_text() == before
    locked.edit("max: 30", "max: 50")
    assert "run `make lock`" in command(*arguments).stderr
    done = command("--update-lock", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert locked.lock.read_text() != before
    assert command(*arguments).stderr == ""


@pytest.mark.parametrize("name", GOOD)
def test_every_spec_can_be_locked(name: str, tmp_path: Path) -> None:
    spec = load(GOOD[name])
    (tmp_path / "lock.json").write_text(lock.text_of(spec))
    assert lock.check(spec, tmp_path / "lock.json", tmp_path) == []


def test_the_lock_of_ours_is_up_to_date() -> None:
    specs = checker.files_of([ROOT / "spec"])
    assert lock.check(checker.load(specs, ROOT), ROOT / "spec/actions.lock.json", ROOT) == []
