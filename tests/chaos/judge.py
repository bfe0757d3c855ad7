"""Compares what the runs did with what their rules say. Pure: does not use any server."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.journal import Entry
from tests.chaos.planned_run import Effect, Run

KINDS = ("failed", "open", "lost", "repeated", "late", "unexpected", "wrong")
EVENTS = "workflow.cascade_outbox"
STOCK = "inventory.inventory_items"
EFFECTS = "workflow.action_effects"
EXECUTIONS = "workflow.automation_executions"
REQUESTS = "workflow.approval_requests"
ENDED = ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class Finding:
    kind: str
    run: str  # number and shape
    action: str
    expected: str
    seen: str

    def __str__(self) -> str:
        action = f", action {self.action}" if self.action else ""
        return f"{self.kind}: run {self.run}{action}: expected {self.expected}, seen {self.seen}"


@dataclass
class Evidence:
    """The state at the end."""

    journal: Sequence[Entry]
    statuses: Mapping[str, str]  # according to Temporal, by workflow id
    executions: Mapping[str, str]  # status of the row, by execution id
    recipients: Mapping[str, int] = field(default_factory=dict)  # of the alerts, by message
    failures: Mapping[str, str] = field(default_factory=dict)  # by workflow id
    accepted: Mapping[str, Sequence[str]] = field(default_factory=dict)  # ids of updates, by workflow id
    stock: Sequence[str] = ()  # rows of stock that break a rule of the business


def where(entries: Sequence[Entry]) -> str:
    """The numbers of entries in the journal, and their times without the date."""
    return ", ".join(f"{entry.number} at {entry.time.rpartition(' ')[2][:12]}" for entry in entries)


class Judge:
    def __init__(self, runs: Sequence[Run], evidence: Evidence) -> None:
        self.runs = runs
        self.evidence = evidence
        self.by_place: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        self.by_transaction: dict[int, list[Entry]] = defaultdict(list)
        for entry in sorted(evidence.journal, key=lambda entry: entry.number):
            self.by_place[entry.table, entry.column].append(entry)
            self.by_transaction[entry.transaction].append(entry)
        self.expected: set[int] = set()  # numbers of the entries that belong to an effect

    def findings(self) -> list[Finding]:
        found = [finding for run in self.runs for finding in self.judge_run(run)]
        return found + list(self.judge_unexpected()) + list(self.judge_stock())

    def entries_of(self, effect: Effect) -> list[Entry]:
        return [
            entry for entry in self.by_place[effect.table, effect.column] if effect.is_in(entry) and not kept(entry)
        ]

    def judge_run(self, run: Run) -> Iterator[Finding]:
        name = f"{run.name} ({run.shape})"
        yield from self.judge_status(run, name)
        yield from self.judge_corrections(run, name)
        entries = {effect: self.entries_of(effect) for effect in run.effects}
        for effect, seen in entries.items():
            self.expected.update(entry.number for entry in seen)
            if not seen and self.evidence.statuses.get(run.rule.workflow_id) != "COMPLETED":
                continue
            yield from judge_count(name, effect, seen)
            yield from self.judge_event(name, effect, seen)
        yield from judge_order(name, run, entries)
        for message, count in run.recipients.items():
            seen_count = self.evidence.recipients.get(message, 0)
            if seen_count not in (count, 0):  # 0: the alert itself is lost
                yield Finding("wrong", name, message.partition(".")[2], f"{count} recipients", str(seen_count))

    def judge_status(self, run: Run, name: str) -> Iterator[Finding]:
        status = self.evidence.statuses.get(run.rule.workflow_id, "not started")
        if status != "COMPLETED":
            kind = "open" if status in ("RUNNING", "not started") else "failed"
            why = self.evidence.failures.get(run.rule.workflow_id, "")
            yield Finding(kind, name, "", "COMPLETED", f"{status} {why}".strip())
            return
        row = self.evidence.executions.get(run.rule.execution_id, "no row")
        if row != "completed":
            yield Finding("wrong", name, "", "execution row completed", row)
        for entry in self.by_place[EXECUTIONS, "status"]:
            if entry.row == run.rule.execution_id and entry.old in ENDED and entry.new not in ENDED:
                yield Finding("late", name, "", "an ended execution to stay ended", f"{entry.new}, {where([entry])}")

    def judge_corrections(self, run: Run, name: str) -> Iterator[Finding]:
        """The history must have each correction once, and no other update."""
        accepted = Counter(self.evidence.accepted.get(run.rule.workflow_id, ()))
        for id in {*accepted, *(correction.id for correction in run.corrections)}:
            wanted = sum(correction.id == id for correction in run.corrections)
            if accepted[id] != wanted:
                kind = "lost" if accepted[id] < wanted else "repeated" if wanted else "unexpected"
                yield Finding(kind, name, "", f"{wanted} update {id!r}", str(accepted[id]))

    def judge_event(self, name: str, effect: Effect, seen: Sequence[Entry]) -> Iterator[Finding]:
        """Each update must have one event for other rules, in the same transaction."""
        if not effect.table.startswith("sales.") or effect.new is None or effect.column == "name" or not seen:
            return
        events = 0
        for transaction in {entry.transaction for entry in seen}:
            entity = effect.table.partition(".")[2]
            events += sum((e.table, e.row) == (EVENTS, entity) for e in self.by_transaction[transaction])
        if events != effect.times:
            kind = "lost" if events < effect.times else "repeated"
            yield Finding(kind, name, effect.action, f"{effect.times} cascade event", str(events))

    def judge_unexpected(self) -> Iterator[Finding]:
        """Values that no effect of a run explains, such as one that was made from a wrong result."""
        for entry in self.evidence.journal:
            if entry.number in self.expected or kept(entry) or entry.table in (EVENTS, STOCK, EFFECTS, EXECUTIONS):
                continue
            value = entry.new if entry.new[:3].isdigit() else entry.row
            run, _, action = value.partition(".")
            seen = (
                f"{entry.table}.{entry.column} of {entry.row!r} from {entry.old!r} to {entry.new!r}, {where([entry])}"
            )
            yield Finding("unexpected", run, action.partition(" ")[0], "nothing of the kind", seen)

    def judge_stock(self) -> Iterator[Finding]:
        """Stock must change by exactly what the actions recorded in the same transaction change."""
        wanted = {action: (run, change) for run in self.runs for action, change in run.stock.items()}
        for transaction, entries in self.by_transaction.items():
            moved: Counter[str] = Counter()
            for entry in entries:
                if entry.table == STOCK:
                    moved[entry.column] += int(entry.new) - int(entry.old or 0)
            actions = [entry.row for entry in entries if entry.table == EFFECTS and entry.row in wanted]
            should: Counter[str] = Counter()
            for action in actions:
                should.update(wanted[action][1])
            if any(moved[column] != should[column] for column in {*moved, *should}):
                run = wanted[actions[0]][0].name if actions else "?"
                yield Finding("wrong", run, "", f"stock to change by {dict(should)}", f"{dict(moved)} in {transaction}")
        for row in self.evidence.stock:
            yield Finding("wrong", "?", "", "stock that adds up", row)


def kept(entry: Entry) -> bool:
    """Whether a request for approval keeps its status, as when an attempt writes its new token."""
    return entry.table == REQUESTS and entry.column == "status" and entry.old == entry.new


def judge_count(name: str, effect: Effect, seen: Sequence[Entry]) -> Iterator[Finding]:
    if len(seen) == effect.times:
        return
    if not effect.times:
        yield Finding("unexpected", name, effect.action, "no effect, as its branch is not taken", where(seen))
    elif not seen:
        yield Finding("lost", name, effect.action, str(effect), "nothing")
    else:
        yield Finding("repeated", name, effect.action, f"{effect} once", f"{len(seen)}: {where(seen)}")


def judge_order(name: str, run: Run, entries: Mapping[Effect, Sequence[Entry]]) -> Iterator[Finding]:
    """No effect of an action may come after the first effect of an action behind it."""
    first: dict[str, Entry] = {}
    for effect, seen in entries.items():
        if seen and (effect.action not in first or seen[0].number < first[effect.action].number):
            first[effect.action] = seen[0]
    ancestors = run.ancestors()
    for effect, seen in entries.items():
        followers = [entry for action, entry in first.items() if effect.action in ancestors[action]]
        if not followers:
            continue
        follower = min(followers, key=lambda entry: entry.number)
        late = [entry for entry in seen if entry.number > follower.number]
        if late:
            yield Finding("late", name, effect.action, f"{effect} before {where([follower])}", where(late))


def count_kinds(findings: Sequence[Finding]) -> Counter[str]:
    return Counter(finding.kind for finding in findings)
