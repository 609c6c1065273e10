"""What a GPU makes of it: steps, one picture, many pictures, and how far it is from its floor.

python -m benchmarks.gpu [--size PX] [--steps N] [--pictures N] [--batches 1 4 16 32]
                         [--slots 32 64] [--engines 1 2] [--profile]

A step's floor is the larger of two times: the network's multiply-adds at the rate of a large matrix
product, and what its layers give, written and read once on either way, at the rate of a large copy.
Both rates are measured first. ATELIER_ENGINE__DEVICE=cpu measures a processor in the same way.
"""

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing.synchronize import Barrier
from pathlib import Path

import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from benchmarks.house import House
from config import Settings, load_settings
from engine.backbone_cache import BackboneCache
from engine.backbones import Backbone
from engine.calibration import measure_footprint
from engine.networks import Pool
from engine.nst.captured import Captures
from engine.nst.objective import content_factors, style_factors
from engine.nst.transfer import Transfer
from engine.runner import Device, pick_device
from jobs.recipe import Recipe, Scale
from jobs.request import Wish, make_recipe
from samples import PHOTOS, STYLES

_REPEATS = 5
console = Console(width=110)


def ceilings(device: Device) -> tuple[float, float]:
    """Bytes a second of a large copy (read and written), multiply-adds a second of a product."""
    here, dtype = device.torch_device, device.network_dtype
    large = here.type == "cuda"
    source = torch.randn(1 << (28 if large else 22), device=here)
    target = torch.empty_like(source)
    copied = 2 * source.nbytes / _median(device, lambda: target.copy_(source))
    side = 8192 if large else 512
    left, right = (torch.randn(side, side, device=here, dtype=dtype) for _ in range(2))
    multiplied = side**3 / _median(device, lambda: left @ right)
    return copied, multiplied


def _median(device: Device, work: Callable[[], object], repeats: int = 20) -> float:
    """Seconds, after a warm-up."""
    found = []
    for _ in range(repeats + 3):
        _wait(device)
        begun = time.perf_counter()
        work()
        _wait(device)
        found.append(time.perf_counter() - begun)
    return statistics.median(found[3:])


def _wait(device: Device) -> None:
    if device.torch_device.type == "cuda":
        torch.cuda.synchronize(device.torch_device)


def recipe_at(settings: Settings, backbone: str, size: int, steps: int) -> Recipe:
    """The backbone's own recipe at `size` px."""
    wish = Wish(backbone=backbone, styles=["0" * 64], seed=0, size=size, steps=steps)
    return make_recipe(wish, settings)


def begun(recipe: Recipe, backbone: Backbone, count: int, captures: Captures) -> list[Transfer]:
    """`count` paintings of the sample pictures, all of one canvas."""
    photos, styles = sorted(PHOTOS.glob("*.jpg")), sorted(STYLES.glob("*.jpg"))
    found = []
    for number in range(count):
        photo = Image.open(photos[number % len(photos)]).convert("RGB").resize((512, 384))
        style = Image.open(styles[number % len(styles)]).convert("RGB")
        found.append(Transfer(recipe, photo, [style], backbone, captures=captures))
    return found


def numbers_given(recipe: Recipe, backbone: Backbone, side: int = 256) -> float:
    """What the convolutions and pools of a step give, in numbers a pixel of the picture."""
    network, found = backbone.network, 0

    def count(_module: nn.Module, _given: object, output: Tensor) -> None:
        nonlocal found
        found += output.numel()

    layers = [each for each in network.modules() if isinstance(each, nn.Conv2d | Pool)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    picture = backbone.device.place(torch.zeros(1, 3, side, side))
    with torch.no_grad():
        wanted = frozenset(content_factors(recipe) | style_factors(recipe))
        network(backbone.normalised(picture), wanted, lambda _name, features: features)
    for hook in hooks:
        hook.remove()
    return found / side**2


def step_table(
    settings: Settings,
    backbone: Backbone,
    size: int,
    batches: Sequence[int],
    rates: tuple[float, float],
) -> None:
    """Milliseconds of a captured step at the whole size, against the two floors."""
    recipe = recipe_at(settings, backbone.name, size, 400)
    recipe = recipe.model_copy(update={"scales": (Scale(fraction=1, steps=400),)})
    footprint, given = measure_footprint(recipe, backbone), numbers_given(recipe, backbone)
    table = Table(
        "pictures", "ms a step", "a picture", "bytes' floor", "arithmetic's floor", "of floor"
    )
    for count in batches:
        captures = Captures()
        each = begun(recipe, backbone, count, captures)
        captures.advance(backbone, each, 10)
        stride = partial(captures.advance, backbone, each, 20)
        seconds = _median(backbone.device, stride, 5) / 20
        pixels = each[0].canvas[0] * each[0].canvas[1]
        # What a layer gives is written, read by the next layer, and so is its gradient.
        moved = 4 * given * backbone.device.network_dtype.itemsize * pixels / rates[0]
        counted = 1.5 * footprint.work * pixels / 2 / rates[1] * 2
        floor = max(moved, counted)
        row = (seconds, seconds / count, moved, counted)
        table.add_row(
            f"{count}", *(f"{1e3 * s:.3f}" for s in row), f"{seconds / count / floor:.1f}"
        )
        captures.clear()
    table.title = f"{backbone.name}, {size} px, {backbone.device.network_dtype}"
    console.print(table)


def profiled(settings: Settings, backbone: Backbone, size: int, count: int) -> None:
    """The kernels of a step, the longest first."""
    recipe = recipe_at(settings, backbone.name, size, 400)
    recipe = recipe.model_copy(update={"scales": (Scale(fraction=1, steps=400),)})
    captures = Captures()
    each = begun(recipe, backbone, count, captures)
    captures.advance(backbone, each, 10)
    with profile(activities=[ProfilerActivity.CUDA]) as prof:
        captures.advance(backbone, each, 10)
    rows = sorted(prof.key_averages(), key=lambda row: -row.device_time_total)
    total = sum(row.device_time_total for row in rows)
    console.print(f"{backbone.name} x {count}: {total / 1e4:.3f} ms a step in kernels")
    for row in rows[:45]:
        line = f"{row.device_time_total / 1e4:8.4f} ms  {row.count // 10:4d}x  {row.key[:90]}"
        print(line)


def end_to_end(settings: Settings, backbone: str, size: int, steps: int, out: Path) -> None:
    """One picture after the other."""
    house = House(settings)
    recipe = recipe_at(settings, backbone, size, steps)
    house.paint(recipe, 1)
    runs = [house.paint(recipe, 1) for _ in range(_REPEATS)]
    seconds = statistics.median(run[0][1] for run in runs)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{backbone}-{size}.png").write_bytes(runs[0][0][0])
    console.print(f"{backbone}, {size} px, {steps} steps: one picture in {seconds:.2f} s")


def sustained(settings: Settings, recipe: Recipe, count: int, engines: int) -> None:
    """`count` pictures by each of some engine processes, which share the GPU.

    In all, and in the time between the first and last fifth, in which the engines fill and empty.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(engines)
    with ProcessPoolExecutor(engines, context, _share, (barrier,)) as processes:
        work = partial(_engine, settings, recipe)
        spans = list(processes.map(work, [count] * engines))
    start, ends = min(start for start, _ in spans), [end for _, each in spans for end in each]
    seconds, painted = max(ends) - start, engines * count
    # By the clock: counted from a picture to a picture, those that end at once would count double.
    steady = sum(0.2 < (end - start) / seconds < 0.8 for end in ends) / (0.6 * seconds)
    console.print(
        f"{recipe.backbone}, {recipe.size} px, {recipe.steps} steps; engines: {engines}, slots of "
        f"each: {settings.engine.slots}: {painted} pictures in {seconds:.1f} s, "
        f"{painted / seconds:.1f} a second, {steady:.1f} between first and last fifth",
        soft_wrap=True,
    )


_barriers: list[Barrier] = []


def _share(barrier: Barrier) -> None:
    _barriers.append(barrier)


def _engine(settings: Settings, recipe: Recipe, count: int) -> tuple[float, list[float]]:
    """When it began, and when each picture was there, by the clock that all processes have."""
    house = House(settings)
    try:
        house.paint(recipe, max(1, count // 2))
    except BaseException:
        # The others wait for this one.
        _barriers[0].abort()
        raise
    _barriers[0].wait()
    start = time.monotonic()
    return start, [start + seconds for _, seconds in house.paint(recipe, count)]


def main() -> None:
    """Measure on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--pictures", type=int, default=480)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16, 32])
    parser.add_argument("--backbone", nargs="+", default=["squeezenet1_0", "vgg19_original"])
    parser.add_argument("--slots", type=int, nargs="+", default=[32, 64], help="painted at once")
    parser.add_argument("--engines", type=int, nargs="*", default=[1, 2], help="processes")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("bench"))
    wanted = parser.parse_args()
    settings = load_settings()
    device = pick_device(settings.engine)
    if settings.engine.device == "auto" and device.torch_device.type == "cpu":
        raise SystemExit("There is no GPU here. ATELIER_ENGINE__DEVICE=cpu measures the processor.")
    rates = ceilings(device)
    console.print(
        f"{device.name}: a copy moves {rates[0] / 1e12:.2f} TB/s, "
        f"a product makes {rates[1] / 1e12:.0f} T multiply-adds a second"
    )
    backbones = BackboneCache(settings.engine, device)
    for name in wanted.backbone:
        backbone = backbones.get(name)
        step_table(settings, backbone, wanted.size, wanted.batches, rates)
        if wanted.profile:
            profiled(settings, backbone, wanted.size, max(wanted.batches))
        end_to_end(settings, name, wanted.size, wanted.steps, wanted.out)
        recipe = recipe_at(settings, name, wanted.size, wanted.steps)
        for engines, slots in product(wanted.engines, wanted.slots):
            with_slots = load_settings(engine={"slots": slots})
            sustained(with_slots, recipe, wanted.pictures, engines)


if __name__ == "__main__":
    main()
