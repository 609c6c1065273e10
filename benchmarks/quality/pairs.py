"""Painting a pair of pictures at the default settings, timed and judged."""

import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.quality.judge import Verdict, judge
from config.settings import Settings
from engine.backbones import Backbone
from engine.nst.transfer import Transfer
from jobs.request import Wish, make_recipe


@dataclass(frozen=True)
class Row:
    """One painting and what is said of it. `cpu_seconds` are of all threads together."""

    content: str
    style: str
    painting: Image.Image
    verdict: Verdict
    seconds: float
    cpu_seconds: float


def paint(
    content: Path, style: Path, painter: Backbone, critic: Backbone, settings: Settings, size: int
) -> Row:
    """Paint `content` in the style of `style` at `size` px and let `critic` judge it."""
    photo, model = (Image.open(path).convert("RGB") for path in (content, style))
    wish = Wish(backbone=painter.name, styles=["0" * 64], size=size, seed=1)
    begun, begun_cpu = time.perf_counter(), time.process_time()
    transfer = Transfer(make_recipe(wish, settings), photo, [model], painter)
    while not transfer.done:
        transfer.step()
    painting = transfer.picture()
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - begun_cpu
    verdict = judge(painting, photo, model, critic)
    return Row(content.stem, style.stem, painting, verdict, seconds, cpu_seconds)
