"""What was measured as a CSV, and as a table of ratios to the recipe's own."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import geometric_mean
from typing import Any

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
    """A row a variant: ratios to the recipe's own, geometric means over the pairs, and the worst.

    The last column is its style over that of the recipe at the strength at which it has as much
    content distance, each the mean of the ratios to the recipe at strength 1.
    """
    own = {each.pair: each for each in records if each.method == RECIPE and each.strength == 1}
    ratios = [_over(each, own[each.pair]) for each in records if each.pair in own]
    pairs = number_of_pairs(ratios)
    line = curve((each for each in ratios if each.method == RECIPE), pairs)
    rows = []
    for name in methods(records):
        mine = [each for each in ratios if each.method == name and each.strength == 1]
        points = curve(mine, pairs)
        beside = ratio_at(line, points[0]) if points else None
        cells = [_said(mine, field) for field in _COMPARED]
        rows.append((name, *cells, "" if beside is None else f"{1 / beside:.2f}"))
    return markdown(_HEAD, rows)


def _over(record: Record, own: Record) -> Record:
    """`record` with ratios to the recipe's on the same pair in place of its numbers."""
    ratios: dict[str, Any] = {}
    for name in _COMPARED:
        mine, theirs = getattr(record, name), getattr(own, name)
        ratios[name] = None if mine is None or theirs is None else mine / theirs
    return replace(record, **ratios)


def _said(ratios: Sequence[Record], field: str) -> str:
    """`mean (worst)`; empty where a painting has none."""
    found = [getattr(each, field) for each in ratios]
    if not found or None in found:
        return ""
    return f"{geometric_mean(found):.2f} ({max(found):.2f})"
