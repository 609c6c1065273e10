"""Commissions and results for tests of the bot."""

from typing import Any

from bot.records import Commission
from config import load_settings
from jobs.events import Finished, Losses
from jobs.job import new_id
from jobs.request import Wish, make_recipe

SETTINGS = load_settings()
STYLE, CONTENT, PICTURE = "5" * 64, "c" * 64, "f" * 64
LOSSES = Losses(content=1.0, style=2.0, tv=0.5)


def commission(**changes: Any) -> Commission:
    """A commission as a member would place it."""
    wish = Wish(styles=(STYLE,), seed=1)
    values = {
        "id": new_id(),
        "recipe": make_recipe(wish, SETTINGS),
        "content": CONTENT,
        "canvas": (384, 288),
        "user_id": 42,
        "channel_id": 7,
        "bot": "atelier",
        **changes,
    }
    return Commission(**values)


def finished(commission: Commission, **changes: Any) -> Finished:
    """How an engine would report the commission's picture."""
    values = {
        "job": commission.id,
        "picture": PICTURE,
        "extension": "png",
        "size": (384, 288),
        "seconds": 19.0,
        "device": "cpu",
        "recipe": commission.recipe,
        "asked_backbone": commission.recipe.backbone,
        "losses": LOSSES,
        "initial_losses": LOSSES,
        **changes,
    }
    return Finished(**values)
