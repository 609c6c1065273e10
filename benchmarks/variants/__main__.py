"""The recipe and its variants on the pairs, each judged by a network that did not paint it.

python -m benchmarks.variants [--backbone squeezenet1_0] [--size 256] [--steps N]
    [--pairs astronaut-flow ...] [--variants NAME ...] [--out bench]

Each painting is written to OUT/variants at once; started again, it goes on where it was. At the end
there are a table and a contact sheet of what was named. The default takes half an hour on a core.
"""

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks.quality.__main__ import CRITICS
from benchmarks.quality.judge import Judge
from benchmarks.quality.methods import Task
from benchmarks.quality.pairs import PAIRS, Pair
from benchmarks.quality.records import Record, Records
from benchmarks.quality.sheet import columns, contact_sheet, save
from benchmarks.quality.sweep import Sweep
from benchmarks.variants.choices import RECIPE, variants
from benchmarks.variants.table import table, write_csv
from benchmarks.variants.variant import Variant
from config.settings import load_settings
from engine.backbones import load_backbone
from engine.runner import pick_device

STRENGTHS = 1.0, 0.25, 0.5, 2.0, 4.0
"""Those at which the recipe itself is painted; the variants have the first."""
_CELL = 200


def main() -> None:
    """Paint what is not yet painted, then print and write the table."""
    wanted, settings = _arguments(), load_settings()
    device = pick_device(settings.engine)
    painter = load_backbone(wanted.backbone, settings.engine, device)
    critic = load_backbone(CRITICS.get(painter.name, "vgg19_original"), settings.engine, device)
    task = Task(painter, wanted.size, settings)
    methods = variants(task, wanted.steps)
    if wanted.variants:
        methods = [each for each in methods if each.name in (RECIPE, *wanted.variants)]
    by_name = {pair.name: pair for pair in PAIRS}
    pairs = [by_name[name] for name in wanted.pairs]
    folder = wanted.out / "variants"
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{painter.name}-{wanted.size}-{methods[0].steps}"
    records = Records(stem.with_suffix(".jsonl"))
    sweep = Sweep(task, Judge(critic), records, folder)
    for pair, method in product(pairs, methods):
        for strength in STRENGTHS if method.name == RECIPE else STRENGTHS[:1]:
            sweep.run(method, pair, strength, over_time=False)
            write_csv(records, stem.with_suffix(".csv"))
    print(_written(list(records), methods, pairs, stem))


def _written(
    records: Sequence[Record], methods: Sequence[Variant], pairs: Sequence[Pair], stem: Path
) -> str:
    """Table and contact sheet of these methods and pairs; the table is also the answer."""
    names, places = [method.name for method in methods], [pair.name for pair in pairs]
    mine = [each for each in records if each.method in names and each.pair in places]
    mine.sort(key=lambda record: names.index(record.method))
    text = table(mine)
    stem.with_suffix(".md").write_text(text + "\n")
    beside = [record for record in mine if record.strength == 1]
    save(contact_sheet(pairs, columns(beside, stem.parent), _CELL), stem.with_suffix(".jpg"))
    return text


def _arguments() -> argparse.Namespace:
    names = [pair.name for pair in PAIRS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variants", description=__doc__)
    parser.add_argument("--backbone", default="squeezenet1_0")
    parser.add_argument("--size", type=int, default=256, help="long side, px")
    parser.add_argument("--steps", type=int, help="the default is the recipe's own")
    parser.add_argument("--pairs", nargs="+", default=names, choices=names)
    parser.add_argument("--variants", nargs="+", help="only those named, beside the recipe")
    parser.add_argument("--out", type=Path, default=Path("bench"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
