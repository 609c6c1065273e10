"""One cell of the sweep after the other: paint, judge, write down."""

from pathlib import Path

from benchmarks.quality.judge import Judge
from benchmarks.quality.methods import Method, Shot, Task, Wanted
from benchmarks.quality.pairs import Pair
from benchmarks.quality.records import Record, Records, RunKey


class Sweep:
    """Runs a method on a pair at a strength, unless the records have it."""

    def __init__(self, task: Task, judge: Judge, records: Records, folder: Path) -> None:
        self._task, self._judge, self._records, self._folder = task, judge, records, folder

    def run(self, method: Method, pair: Pair, strength: float, *, over_time: bool) -> None:
        """Each shot is written down before the method goes on."""
        key = self._key(method.name, pair, strength)
        if self._records.of(key):
            return
        wanted = Wanted(strength, self._budget(pair, strength), over_time)
        print(f"{method.name}, {pair.name}, strength {strength:g}", flush=True)
        self._records.begin(key)
        for shot in method.paint(pair, wanted):
            self._records.add(self._record(method.name, pair, strength, shot))
        self._records.close(key)

    def _budget(self, pair: Pair, strength: float) -> float:
        """The seconds that ours took for the same, 0 where it has not run."""
        ours = self._records.of(self._key("ours", pair, strength))
        return max((getattr(each, self._task.axis) for each in ours if each.equal), default=0.0)

    def _key(self, method: str, pair: Pair, strength: float) -> RunKey:
        backbone = self._task.backbone
        return backbone.name, backbone.device.name, self._task.size, method, pair.name, strength

    def _record(self, method: str, pair: Pair, strength: float, shot: Shot) -> Record:
        painter = self._task.backbone
        verdict = self._judge.verdict(shot.picture, pair)
        words = (painter.name, self._task.size, method.replace(" ", "-"), pair.name)
        name = "-".join(map(str, (*words, f"{strength:g}", shot.steps))) + ".png"
        shot.picture.save(self._folder / name)
        return Record(
            painter=painter.name,
            judge=self._judge.backbone.name,
            device=painter.device.name,
            size=self._task.size,
            method=method,
            pair=pair.name,
            strength=strength,
            steps=shot.steps,
            equal=shot.equal,
            seconds=shot.spent.seconds,
            cpu_seconds=shot.spent.cpu_seconds,
            style=verdict.style,
            content=verdict.content,
            cfsd=verdict.cfsd,
            objective=shot.objective,
            picture=name,
        )
