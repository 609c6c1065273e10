"""Curves of methods in the plane of content and style, and whether one lies below another."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from statistics import fmean

from benchmarks.quality.records import Record


@dataclass(frozen=True)
class Point:
    """A method at one strength, the mean over the pairs."""

    strength: float
    style: float
    content: float
    cfsd: float
    seconds: float
    cpu_seconds: float
    steps: float
    objective: float | None
    pairs: int


def curve(records: Iterable[Record], pairs: int) -> list[Point]:
    """A point for each strength, the weakest first, of records of one method.

    Only strengths that all `pairs` have: means over different pairs do not compare.
    """
    ordered = sorted(records, key=attrgetter("strength"))
    points = [
        _mean(strength, list(group)) for strength, group in groupby(ordered, attrgetter("strength"))
    ]
    return [point for point in points if point.pairs == pairs]


def number_of_pairs(records: Iterable[Record]) -> int:
    """How many pairs the records are of."""
    return len({record.pair for record in records})


def _mean(strength: float, records: Sequence[Record]) -> Point:
    def mean(name: str) -> float:
        return fmean(getattr(record, name) for record in records)

    known = [record.objective for record in records if record.objective is not None]
    return Point(
        strength=strength,
        style=mean("style"),
        content=mean("content"),
        cfsd=mean("cfsd"),
        seconds=mean("seconds"),
        cpu_seconds=mean("cpu_seconds"),
        steps=mean("steps"),
        objective=fmean(known) if len(known) == len(records) else None,
        pairs=len(records),
    )


def ratio_at(ours: Sequence[Point], point: Point, distance: str = "content") -> float | None:
    """Our style over that of `point` where ours has the same `distance`: below 1 ours is better.

    Between our points the curve is a straight line in logarithms; beyond its ends there is no
    answer (None), unless our end has less of both, or more of both.
    """
    line: list[tuple[float, float]]
    line = sorted((getattr(each, distance), each.style) for each in ours)
    where: float = getattr(point, distance)
    for (left, upper), (right, lower) in pairwise(line):
        if left <= where <= right:
            part = math.log(where / left) / math.log(right / left)
            between: float = upper * (lower / upper) ** part
            return between / point.style
    (first, first_style), (last, last_style) = line[0], line[-1]
    if where > last and last_style < point.style:
        return last_style / point.style
    if where < first and first_style > point.style:
        return first_style / point.style
    return None
