"""The size classes of random rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Bounds = tuple[int, int]


class Shape(Enum):
    ANY = "chains, forks and joins"
    DENSE = "many edges to each action"
    LAYERS = "wide forks and joins"


@dataclass(frozen=True)
class Size:
    """A size class. The bytes are those of one config, of the trigger, and of one result."""

    name: str
    weight: int
    actions: Bounds
    shape: Shape = Shape.ANY
    config: Bounds = (0, 60)
    trigger: Bounds = (0, 400)
    fields: Bounds = (0, 6)  # of the trigger, besides those that every trigger has
    result: Bounds = (0, 40)


# The weights make the runs of each large class cost about a quarter of those of all small ones together.
SIZES = (
    Size("one", 480, (1, 1)),
    Size("few", 2240, (2, 12)),
    Size("tens", 760, (13, 60)),
    Size("hundreds", 8, (100, 600)),
    Size("thousands", 1, (1000, 5000)),
    Size("edges", 36, (5, 80), Shape.DENSE),
    Size("wide", 14, (20, 400), Shape.LAYERS),
    Size("configs", 24, (1, 20), config=(1_000, 60_000)),
    Size("trigger", 20, (1, 20), trigger=(10_000, 1_500_000), fields=(1, 40)),
    Size("fields", 7, (1, 20), trigger=(1_000, 400_000), fields=(1_000, 20_000)),
    Size("results", 20, (5, 80), Shape.LAYERS, result=(1_000, 60_000)),
)
