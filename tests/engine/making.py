"""An engine around a backbone that is there already, and jobs with real pictures for it."""

from io import BytesIO
from typing import Any

from PIL import Image

from config.settings import Settings, load_settings
from engine.backbone_cache import BackboneCache
from engine.backbones import Backbone
from engine.engine import Engine
from engine.estimates import Estimates
from engine.sources import Pictures
from jobs.broker import Broker
from jobs.job import StyleJob, new_id
from jobs.presets import load_presets
from jobs.recipe import Recipe, Scale, Style
from jobs.request import Wish, make_recipe
from samples import STYLES

from .conftest import RecipeOf, picture

SETTINGS = load_settings(
    engine={"download": "never", "device": "cpu"}, pictures={"result_bytes": 1 << 20}
)


class OneBackbone(BackboneCache):
    """Always gives the same backbone, whatever is asked for."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(SETTINGS.engine, backbone.device)
        self._one = backbone

    def get(self, asked: str, *, stand_in: bool = True) -> Backbone:
        """The one."""
        return self._one


def engine_of(backbone: Backbone, settings: Settings = SETTINGS, **changes: Any) -> Engine:
    """An engine that has measured nothing yet; `changes` are the engine's keywords."""
    return Engine(settings, OneBackbone(backbone), Estimates(), **changes)


def with_slots(slots: int) -> Settings:
    """The settings with so many paintings in work at once."""
    engine = SETTINGS.engine.model_copy(update={"slots": slots})
    return SETTINGS.model_copy(update={"engine": engine})


def png(image: Image.Image) -> bytes:
    """A file as `pictures.read` leaves it in the store."""
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


PHOTO = png(picture(96, 72, seed=1))
PAINTING = png(picture(60, 60, seed=2))
PICTURES = Pictures(PHOTO, (PAINTING,))


SIDE, STYLE_SIDE = 32, 36
"""Shorter sides of the small pictures that classic recipes of the tests are painted at."""


def classic_recipe(preset: str = "classic-starry") -> Recipe:
    """A classic preset's recipe, for small pictures."""
    wanted = load_presets(SETTINGS.presets_file, STYLES).named(preset)
    recipe = make_recipe(Wish(preset=wanted, styles=("0" * 64,), seed=0), SETTINGS)
    assert recipe.classic is not None
    classic = recipe.classic.model_copy(update={"style_side": STYLE_SIDE})
    return recipe.model_copy(update={"size": SIDE, "classic": classic})


def long(recipe_of: RecipeOf) -> Recipe:
    """A recipe that no test waits for."""
    return recipe_of(scales=(Scale(fraction=1, steps=100_000),))


def job_of(recipe: Recipe, **changes: Any) -> StyleJob:
    """A job for `recipe`, with an id of its own and pictures that are nowhere."""
    given: dict[str, Any] = {
        "id": new_id(),
        "recipe": recipe,
        "content": "c" * 64,
        "canvas": (recipe.size, recipe.size * 3 // 4),
        "user": "ann",
        "bot": "atelier",
        "channel_id": 1,
        "message_id": 2,
    }
    return StyleJob(**given | changes)


async def submitted(broker: Broker, recipe: Recipe, **changes: Any) -> StyleJob:
    """A job in the queue, its pictures in the store."""
    content, style = await broker.store.put(PHOTO), await broker.store.put(PAINTING)
    recipe = recipe.model_copy(update={"styles": (Style(digest=style),)})
    job = job_of(recipe, content=content, **changes)
    await broker.submit(job)
    return job
