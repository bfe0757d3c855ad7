"""A page of metrics, read by Prometheus' own Python client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


class Metrics:
    def __init__(self, page: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(page)}
        self.types = {name: family.type for name, family in self.families.items()}

    def samples(self, name: str, **labels: str) -> Iterator[Sample]:
        """Those of that name that have at least these labels. (The client adds a `_total` to each counter.)"""
        for family in self.families.values():
            for sample in family.samples:
                if sample.name in (name, f"{name}_total") and labels.items() <= sample.labels.items():
                    yield sample

    def value(self, name: str, **labels: str) -> float:
        """The sum of them; a metric that is not there is a fault."""
        found = [sample.value for sample in self.samples(name, **labels)]
        assert found, f"no {name} {labels}"
        return sum(found)
