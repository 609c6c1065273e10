"""What a step costs: ours, the straightforward one, and the network's forward and backward alone.

And what comes before it: a new process until its first step.

python -m benchmarks.step [--backbone NAME] [--steps N]

The straightforward one runs the network as torch has it, channels first, which is what the others
are compared with; ours lies channels last and takes another way back to the picture. All are run in
turn in the same process, so the ratios hold where the machine is shared.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.straightforward import Straightforward, as_torch_has_it
from config import Settings, load_settings
from engine.backbones import Backbone, load_backbone
from engine.nst.tensors import to_tensor
from engine.nst.transfer import Transfer
from engine.runner import pick_device
from jobs.recipe import Scale
from jobs.request import Wish, make_recipe
from samples import PHOTOS, STYLES

_SIZE = (384, 288)


def measure(settings: Settings, backbone_name: str, steps: int) -> None:
    """Print a table of medians and ratios for `steps` steps at 384x288 px."""
    backbone = load_backbone(backbone_name, settings.engine, pick_device(settings.engine))
    photo, style = (
        Image.open(path).convert("RGB").resize(_SIZE, Image.Resampling.LANCZOS)
        for path in (PHOTOS / "cat.jpg", STYLES / "flow.jpg")
    )
    wish = Wish(backbone=backbone.name, styles=["0" * 64], seed=0, size=max(_SIZE))
    recipe = make_recipe(wish, settings)
    recipe = recipe.model_copy(update={"scales": (Scale(fraction=1, steps=steps + 1),)})
    ours = Transfer(recipe, photo, [style], backbone)
    torchs = as_torch_has_it(settings, backbone.name)
    plain = Straightforward(recipe, _tensor(photo, torchs), _tensor(style, torchs), torchs)
    layers, last = plain.layers, torch.channels_last
    torchs_last = as_torch_has_it(settings, backbone.name, last)
    ways: dict[str, Callable[[], object]] = {
        "network alone": lambda: _network(torchs, plain.image, layers),
        "network alone, channels last": lambda: _network(torchs_last, _in(last, plain), layers),
        "network alone, ours": lambda: _network(backbone, _in(last, plain), layers),
        "straightforward": plain.step,
        "ours": ours.step,
    }
    _print(_in_turn(ways, steps), f"{backbone.name}, {_SIZE[0]}x{_SIZE[1]} px, {steps} steps")


def _tensor(picture: Image.Image, backbone: Backbone) -> torch.Tensor:
    return backbone.device.place(to_tensor(picture))


def _in(layout: torch.memory_format, plain: Straightforward) -> torch.Tensor:
    return plain.image.detach().contiguous(memory_format=layout)


def _network(backbone: Backbone, image: torch.Tensor, layers: list[str]) -> None:
    """Forward, and backward to the picture, with the cheapest loss there is."""
    picture = image.detach().requires_grad_()
    features = backbone.features(picture, layers)
    torch.autograd.grad([value.sum() for value in features.values()], picture)


def _in_turn(ways: dict[str, Callable[[], object]], steps: int) -> dict[str, float]:
    """Median seconds of each way, one after the other in every round, after a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for name, way in [pair for _ in range(steps) for pair in ways.items()]:
        begun = time.perf_counter()
        way()
        seconds[name].append(time.perf_counter() - begun)
    return {name: statistics.median(values[1:]) for name, values in seconds.items()}


_FIRST_STEP = """
import sys, time
from PIL import Image
from benchmarks.step import first_step
first_step(sys.argv[1])
print(time.time() - float(sys.argv[2]))
"""


def first_step(backbone_name: str) -> None:
    """Load the network, look at photo and style, and make a step."""
    settings = load_settings()
    backbone = load_backbone(backbone_name, settings.engine, pick_device(settings.engine))
    photo, style = (Image.open(path) for path in (PHOTOS / "cat.jpg", STYLES / "flow.jpg"))
    wish = Wish(backbone=backbone.name, styles=["0" * 64], seed=0, size=max(_SIZE))
    Transfer(make_recipe(wish, settings), photo, [style], backbone).step()


def _seconds_to_first_step(backbone_name: str) -> float:
    """Of a new process, from its start on; the least of three."""
    found = []
    for _ in range(3):
        arguments = [sys.executable, "-c", _FIRST_STEP, backbone_name, str(time.time())]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        found.append(float(done.stdout.split()[-1]))
    return min(found)


def _print(medians: dict[str, float], title: str) -> None:
    table = Table("way", "ms a step (median)", "of the network alone", title=title)
    alone = medians["network alone"]
    for name, value in medians.items():
        table.add_row(name, f"{value * 1000:.0f}", f"{value / alone:.2f}")
    Console().print(table)


def main() -> None:
    """Measure on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step", description=__doc__)
    parser.add_argument("--backbone", default="squeezenet1_0")
    parser.add_argument("--steps", type=int, default=12)
    wanted = parser.parse_args()
    measure(load_settings(), wanted.backbone, wanted.steps)
    seconds = _seconds_to_first_step(wanted.backbone)
    Console().print(f"A new process has made its first step after {seconds:.2f} s.")


if __name__ == "__main__":
    main()
