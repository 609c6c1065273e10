"""An engine at work on sample pictures, from file to file, without the queue and the bot."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

from config import Settings
from engine.backbone_cache import BackboneCache
from engine.engine import Engine
from engine.estimates import Estimates
from engine.outcomes import Broken, Completed
from engine.painted import Painted
from engine.runner import pick_device
from engine.sources import Pictures
from jobs.job import StyleJob, new_id
from jobs.recipe import Recipe, Style
from samples import PHOTOS, STYLES

_LIMIT = 9 << 20


def pictures_at(size: int, number: int) -> Pictures:
    """Sample pictures as the store has them."""
    photos, styles = sorted(PHOTOS.glob("*.jpg")), sorted(STYLES.glob("*.jpg"))
    photo, style = photos[number % len(photos)], styles[number % len(styles)]
    return Pictures(_png(photo, (size, size * 3 // 4)), (_png(style),))


@cache
def _png(file: Path, size: tuple[int, int] | None = None) -> bytes:
    picture, out = Image.open(file).convert("RGB"), BytesIO()
    (picture.resize(size) if size else picture).save(out, "PNG")
    return out.getvalue()


def job_of(recipe: Recipe) -> StyleJob:
    """A job that nobody follows."""
    styles = (Style(digest=new_id() * 2),)
    return StyleJob(
        id=new_id(),
        recipe=recipe.model_copy(update={"styles": styles}),
        content="0" * 64,
        canvas=(recipe.size, recipe.size * 3 // 4),
        user="benchmark",
        bot="benchmark",
        channel_id=1,
        message_id=1,
    )


class House:
    """An engine with threads that open and encode, as the worker has them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.device = pick_device(settings.engine)
        self.engine = Engine(settings, BackboneCache(settings.engine, self.device), Estimates())

    def paint(self, recipe: Recipe, count: int) -> list[tuple[bytes, float]]:
        """`count` pictures from file to file: each file, and the seconds until it was there."""
        given = [pictures_at(recipe.size, number) for number in range(count)]
        files: list[Future[tuple[bytes, float]]] = []
        with ThreadPoolExecutor(8) as threads:
            start = time.perf_counter()
            limit = self.settings.pictures.max_pixels
            opening = [threads.submit(each.open, limit) for each in given]
            waiting = list(zip(given, opening, strict=True))
            running = 0
            while waiting or running:
                while (
                    waiting
                    and running < self.engine.slots
                    and (waiting[0][1].done() or not running)
                ):
                    pictures, opened = waiting.pop(0)
                    opened.result()
                    self.engine.add(job_of(recipe), pictures)
                    running += 1
                for event in self.engine.step():
                    if isinstance(event, Broken):
                        raise event.error
                    if isinstance(event, Completed):
                        running -= 1
                        files.append(threads.submit(_encoded, event.painted))
            return [(data, end - start) for data, end in (file.result() for file in files)]


def _encoded(painted: Painted) -> tuple[bytes, float]:
    return painted.encode(_LIMIT).data, time.perf_counter()
