"""What was measured, a JSON line each, written as soon as it is known."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

RunKey = tuple[str, str, int, str, str, float]
"""Painter, device, size, method, pair, strength."""


@dataclass(frozen=True)
class Record:
    """One picture: who painted what how, what it cost, and what the judge says."""

    painter: str
    judge: str
    device: str
    size: int
    method: str
    pair: str
    strength: float
    steps: int
    equal: bool
    """At the seconds that ours took."""
    seconds: float
    cpu_seconds: float
    style: float
    content: float
    cfsd: float
    objective: float | None
    picture: str
    """The file's name, in the folder of the records."""

    @property
    def run(self) -> RunKey:
        """What one run of a method yields together."""
        return self.painter, self.device, self.size, self.method, self.pair, self.strength


class Records:
    """A file of records; a run counts once it has been closed."""

    def __init__(self, path: Path) -> None:
        """`path` is read where it is there."""
        self._path = path
        self._open: list[Record] = []
        self._done: dict[RunKey, list[Record]] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            self._take(json.loads(line))

    def __iter__(self) -> Iterator[Record]:
        """All records of the runs that were closed."""
        return (record for records in self._done.values() for record in records)

    def of(self, run: RunKey) -> list[Record]:
        """What a run yielded; nothing where it is still to do."""
        return self._done.get(run, [])

    def begin(self, run: RunKey) -> None:
        """Write down that a run begins; what an earlier one left without an end is forgotten."""
        self._write({"begun": list(run)})

    def add(self, record: Record) -> None:
        """Write a record down."""
        self._write(asdict(record))

    def close(self, run: RunKey) -> None:
        """Write down that a run has come to its end."""
        self._write({"closed": list(run)})

    def _write(self, line: dict[str, object]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._take(line)

    def _take(self, line: dict[str, object]) -> None:
        if "begun" in line:
            self._open = []
            return
        if "closed" not in line:
            self._open.append(Record(**line))  # type: ignore[arg-type]  # what asdict wrote
            return
        run: RunKey = tuple(line["closed"])  # type: ignore[arg-type,assignment]  # as `close` wrote it
        mine = [record for record in self._open if record.run == run]
        self._open = []
        self._done[run] = mine


def at_equal_seconds(records: Iterable[Record]) -> list[Record]:
    """One a run: what stands for a method beside ours."""
    return [record for record in records if record.equal]


def at_steps(records: Iterable[Record], steps: int) -> list[Record]:
    """Those after so many steps."""
    return [record for record in records if record.steps == steps]
