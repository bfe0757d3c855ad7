"""A page of metrics, parsed by Prometheus' Python client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


class Metrics:
    def __init__(self, page: str) -> None:
        self.page = page
        families = list(text_string_to_metric_families(page))
        # Samples have their names as on the page: the client removes `_total` from the name of a counter.
        self.families = {f"{each.name}_total" if each.type == "counter" else each.name: each for each in families}

    def samples(self, name: str = "", **labels: str) -> Iterator[Sample]:
        """The samples with that name, or with any name, that have at least these labels."""
        for family in self.families.values():
            for sample in family.samples:
                if name in ("", sample.name) and labels.items() <= sample.labels.items():
                    yield sample

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples; there must be at least one."""
        found = [sample.value for sample in self.samples(name, **labels)]
        assert found, f"no {name} {labels}"
        return sum(found)
