"""The tables, in Markdown: for the terminal and for the page alike."""

from collections.abc import Iterable, Sequence
from statistics import geometric_mean

from benchmarks.quality.curves import Point, curve, number_of_pairs, ratio_at
from benchmarks.quality.records import Record, at_equal_seconds, at_steps

_HEAD = ("method", "strength", "steps", "s", "CPU s", "style", "content", "CFSD", "objective")

_COMPARED = {
    "cpu_seconds": "CPU s",
    "seconds": "s",
    "objective": "objective",
    "style": "style",
    "content": "content",
    "cfsd": "CFSD",
}


def report(records: Sequence[Record]) -> str:
    """All tables of one direction (painter and size)."""
    first = records[0]
    pairs = sorted({record.pair for record in records})
    return "\n\n".join(
        [
            f"## Painted by {first.painter}, judged by {first.judge}, {first.size} px",
            f"{first.device}; mean over {len(pairs)} pairs: {', '.join(pairs)}.",
            "### At equal seconds",
            _table(_by_method(at_equal_seconds(records))),
            _ratios(at_equal_seconds(records)),
            "### Over time, strength 1",
            _table(_over_time(records)),
            "### What plain L-BFGS reaches in 200 steps, strength 1",
            _beside_lbfgs(records),
            "### Pair by pair, strength 1, at equal seconds",
            _pairs(records),
        ]
    )


def methods(records: Iterable[Record]) -> list[str]:
    """Names in the order in which they were run."""
    return list(dict.fromkeys(record.method for record in records))


def _by_method(records: Sequence[Record]) -> list[tuple[str, Point]]:
    pairs = number_of_pairs(records)
    return [
        (name, point)
        for name in methods(records)
        for point in curve((record for record in records if record.method == name), pairs)
    ]


def _over_time(records: Sequence[Record]) -> list[tuple[str, Point]]:
    """Each method after each number of steps that all pairs have in common."""
    rows: list[tuple[str, Point]] = []
    strong = [record for record in records if record.strength == 1]
    pairs = number_of_pairs(strong)
    for name in methods(strong):
        mine = [record for record in strong if record.method == name]
        for steps in sorted({record.steps for record in mine}):
            rows += [(name, point) for point in curve(at_steps(mine, steps), pairs)]
    return rows


def _table(rows: Iterable[tuple[str, Point]]) -> str:
    return markdown(
        _HEAD,
        (
            (
                name,
                f"{point.strength:g}",
                f"{point.steps:.0f}",
                f"{point.seconds:.1f}",
                f"{point.cpu_seconds:.1f}",
                f"{point.style:.4f}",
                f"{point.content:.3f}",
                f"{point.cfsd:.3f}",
                "" if point.objective is None else f"{point.objective:.3f}",
            )
            for name, point in rows
        ),
    )


def _beside_lbfgs(records: Sequence[Record]) -> str:
    """Ours over theirs, the geometric mean of the pairs, after each of our numbers of steps."""
    strong = [record for record in records if record.strength == 1]
    theirs = {each.pair: each for each in at_steps(strong, 200) if each.method == "plain L-BFGS"}
    ours = [each for each in strong if each.method == "ours" and each.pair in theirs]
    rows = []
    for steps in sorted({each.steps for each in ours}, reverse=True):
        both = [(each, theirs[each.pair]) for each in at_steps(ours, steps)]
        better = sum(own.style < other.style and own.content < other.content for own, other in both)
        ratios = [f"{_ratio(both, field):.2f}" for field in _COMPARED]
        rows.append((f"{steps}", *ratios, f"{better} of {len(both)}"))
    return "Ours over theirs:\n\n" + markdown(
        ("our steps", *_COMPARED.values(), "less style and content"), rows
    )


def _ratio(both: Sequence[tuple[Record, Record]], field: str) -> float:
    return geometric_mean(getattr(own, field) / getattr(other, field) for own, other in both)


def _ratios(records: Sequence[Record]) -> str:
    """How far below each point of the others our curve lies."""
    points = _by_method(records)
    ours = [point for name, point in points if name == "ours"]
    rows = [
        (name, f"{point.strength:g}", _said(ours, point, "content"), _said(ours, point, "cfsd"))
        for name, point in points
        if name != "ours"
    ]
    title = "Our style over theirs, where our curve has as much content distance (CFSD) as they:"
    return f"{title}\n\n" + markdown(("method", "strength", "content", "CFSD"), rows)


def _said(ours: Sequence[Point], point: Point, distance: str) -> str:
    ratio = ratio_at(ours, point, distance)
    return "beyond our curve" if ratio is None else f"{ratio:.2f}"


def _pairs(records: Sequence[Record]) -> str:
    chosen = [record for record in at_equal_seconds(records) if record.strength == 1]
    names = methods(chosen)
    cells = {(record.pair, record.method): record for record in chosen}
    rows = []
    for pair in dict.fromkeys(record.pair for record in chosen):
        found = [cells.get((pair, name)) for name in names]
        rows.append((pair, *("" if each is None else _three(each) for each in found)))
    return "Style / content / CFSD:\n\n" + markdown(("pair", *names), rows)


def _three(record: Record) -> str:
    return f"{record.style:.4f} / {record.content:.3f} / {record.cfsd:.3f}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a row of titles."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
