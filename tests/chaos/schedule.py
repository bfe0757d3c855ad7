"""The times and kinds of the faults, all of which follow from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.chaos.proxy import Mode

WORKERS = 3
# The timeout of a workflow task that the official tools set by default.
TASK_SECONDS = 10.0


@dataclass(frozen=True)
class Event:
    at: float  # seconds after the start
    seconds: float
    kind: str  # of a process: kill, stop, term, fast, immediate, restart; of a connection: a Mode
    amount: float = 0

    @property
    def end(self) -> float:
        return self.at + self.seconds


@dataclass(frozen=True)
class Lane:
    """The faults of one process or connection, one after the other."""

    target: str  # worker 1, postgres of worker 1, temporal of worker 1, postgres, temporal
    events: tuple[Event, ...]


def draw_worker(random: Random, seconds: float) -> list[Event]:
    events = []
    at = random.uniform(1, 6)
    while at < seconds - 1:
        if random.random() < 0.4 and at + TASK_SECONDS + 4 < seconds:
            events.append(Event(at, TASK_SECONDS + random.uniform(1, 4), "stop"))
        elif random.random() < 0.25:
            events.append(Event(at, random.uniform(0, 2), "term"))
        else:
            events.append(Event(at, random.uniform(0, 2), "kill"))
        at = events[-1].end + random.uniform(2, 7)
    return events


ANY = (Mode.CUT, Mode.RESET, Mode.TORN, Mode.DELAY, Mode.SLOW, Mode.HALF_OPEN, Mode.DEAF)
MODES: dict[str, tuple[Mode, ...]] = {"postgres": (*ANY, Mode.LOST_COMMIT, Mode.LOST_COMMIT), "temporal": ANY}


def draw_connection(random: Random, seconds: float, side: str) -> list[Event]:
    events = []
    at = random.uniform(0, 4)
    while at < seconds - 1:
        mode = random.choice(MODES[side])
        amount = {Mode.DELAY: random.uniform(0.02, 0.4), Mode.SLOW: random.uniform(4000, 40000)}.get(mode, 0)
        lasts = random.uniform(0.1, 1) if mode in (Mode.CUT, Mode.RESET) else random.uniform(1, 6)
        events.append(Event(at, min(lasts, seconds - at), mode.value, amount))
        at = events[-1].end + random.uniform(2, 9)
    return events


def draw_server(random: Random, seconds: float, kinds: tuple[str, ...], every: float) -> list[Event]:
    """A restart in each part of the time."""
    count = max(1, int(seconds / every))
    part = seconds / count
    return [
        Event(number * part + random.uniform(0.2, 0.7) * part, random.uniform(0, 2), random.choice(kinds))
        for number in range(count)
    ]


def draw(seed: int, seconds: float, pooler: bool = False) -> list[Lane]:
    """Faults for `seconds` seconds; a server or worker that is down at the end is started then."""
    lanes = []
    for worker in range(1, WORKERS + 1):
        lanes.append(Lane(f"worker {worker}", tuple(draw_worker(Random(f"worker {worker} {seed}"), seconds))))
        for side in MODES:
            target = f"{side} of worker {worker}"
            lanes.append(Lane(target, tuple(draw_connection(Random(f"{target} {seed}"), seconds, side))))
    postgres = draw_server(Random(f"postgres {seed}"), seconds, ("fast", "immediate"), 12)
    temporal = draw_server(Random(f"temporal {seed}"), seconds, ("restart",), 25)
    lanes += [Lane("postgres", tuple(postgres)), Lane("temporal", tuple(temporal))]
    if pooler:
        restarts = draw_server(Random(f"pgbouncer {seed}"), seconds, ("restart",), 25)
        lanes.append(Lane("pgbouncer", tuple(restarts)))
    return lanes


def draw_starts(seed: int, seconds: float, runs: int) -> list[float]:
    """The start times of the runs: in bursts, within the first four fifths of the time."""
    random = Random(f"starts {seed}")
    bursts = [random.uniform(0, 0.8 * seconds) for _ in range(max(1, runs // 5))]
    return sorted(random.choice(bursts) + random.uniform(0, 1) for _ in range(runs))
