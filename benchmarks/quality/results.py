"""Tables, frontier and contact sheets, made of the records."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.curves import curve, number_of_pairs
from benchmarks.quality.methods import Task
from benchmarks.quality.pairs import Pair
from benchmarks.quality.plot import frontier
from benchmarks.quality.records import Record, Records, at_equal_seconds
from benchmarks.quality.sheet import columns, contact_sheet, save
from benchmarks.quality.tables import methods, report

_CELL = 150


def write_results(records: Records, task: Task, pairs: Sequence[Pair], folder: Path) -> str:
    """Write them to `folder`, named for painter and size; the tables are also the answer."""
    backbone = task.backbone
    place = (backbone.name, backbone.device.name, task.size)
    mine = [record for record in records if record.run[:3] == place]
    names = {pair.name for pair in pairs}
    mine = [record for record in mine if record.pair in names]
    stem = f"{backbone.name}-{task.size}"
    text = report(mine)
    (folder / f"{stem}.md").write_text(text + "\n")
    equal = at_equal_seconds(mine)
    count = number_of_pairs(equal)
    for across, label in (("content", "content"), ("cfsd", "CFSD")):
        page = frontier(
            {name: line for name in methods(equal) if (line := curve(_of(equal, name), count))},
            f"Painted by {backbone.name}, judged by {mine[0].judge}, equal seconds",
            across,
            label,
        )
        page.save(folder / f"{stem}-{across}.png")
    beside = [record for record in equal if record.strength == 1]
    save(contact_sheet(pairs, columns(beside, folder), _CELL), folder / f"{stem}-methods.jpg")
    swept = [record for record in equal if record.method in {"ours", "plain L-BFGS"}]
    swept.sort(key=lambda record: (record.method, record.strength))
    save(contact_sheet(pairs, columns(swept, folder), _CELL), folder / f"{stem}-strengths.jpg")
    return text


def _of(records: Sequence[Record], name: str) -> list[Record]:
    return [record for record in records if record.method == name]
