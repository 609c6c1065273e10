"""What was measured as a CSV, and as a table of ratios to the recipe's own."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import geometric_mean

from benchmarks.quality.curves import curve, number_of_pairs, ratio_at
from benchmarks.quality.records import Record
from benchmarks.quality.tables import markdown, methods
from benchmarks.variants.choices import RECIPE

_KEPT = (
    "painter", "judge", "device", "size", "steps", "method", "pair", "strength",
    "objective", "style", "content", "cfsd", "cpu_seconds",
)  # fmt: skip
_COMPARED = ("objective", "style", "content", "cfsd", "cpu_seconds")
_HEAD = ("variant", "objective", "style", "content", "CFSD", "CPU s", "style at equal content")


def write_csv(records: Iterable[Record], path: Path) -> None:
    """A line a painting."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, _KEPT, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_rounded(record) for record in records)


def _rounded(record: Record) -> dict[str, object]:
    return {
        name: f"{value:.5g}" if isinstance(value, float) else value
        for name, value in asdict(record).items()
    }


def table(records: Sequence[Record]) -> str:
    """A row a variant: geometric means over the pairs, and the worst pair's, at strength 1.

    The last column is the mean style over that of the recipe at the strength at which it has as
    much content distance.
    """
    own = {each.pair: each for each in records if each.method == RECIPE and each.strength == 1}
    line = curve((each for each in records if each.method == RECIPE), number_of_pairs(records))
    rows = []
    for name in methods(records):
        mine = [each for each in records if each.method == name and each.strength == 1]
        both = [(each, own[each.pair]) for each in mine if each.pair in own]
        cells = [_ratio(both, field) for field in _COMPARED]
        points = curve(mine, number_of_pairs(records))
        beside = ratio_at(line, points[0]) if points else None
        rows.append((name, *cells, "" if beside is None else f"{1 / beside:.2f}"))
    return markdown(_HEAD, rows)


def _ratio(both: Sequence[tuple[Record, Record]], field: str) -> str:
    """`mean (worst)`; empty where a painting has none."""
    pairs = [(getattr(each, field), getattr(own, field)) for each, own in both]
    if not pairs or any(None in pair for pair in pairs):
        return ""
    ratios = [mine / theirs for mine, theirs in pairs]
    return f"{geometric_mean(ratios):.2f} ({max(ratios):.2f})"
