"""What queue and bot cost beside the engine: from a member's command to the picture in the channel.

python -m benchmarks.overhead [--rounds N] [--size PX] [--steps N]

Real bot, queue and engine process, in a simulated Discord, against the engine's own work on the
same pictures in this process: opened, painted, encoded. Both take turns, so the difference holds
where the machine is shared.
"""

import argparse
import asyncio
import statistics
import tempfile
import time

import simcord
from rich.console import Console
from rich.table import Table

from bot.studio import limits_from
from config import Settings, load_settings
from config.logs import configure_logging
from engine.backbones import Backbone, load_backbone
from engine.painting import Painting
from engine.runner import pick_device
from engine.sources import Pictures
from jobs.request import Wish, make_recipe
from pictures.read import read_picture
from samples import PHOTOS, STYLES
from sandbox.scene import painted, until
from sandbox.stage import Stage, open_stage

_PHOTO, _STYLE = PHOTOS / "cat.jpg", STYLES / "flow.jpg"
_MOST_SECONDS = 600.0


async def measure(settings: Settings, rounds: int, size: int, steps: int) -> None:
    """Print medians of both ways and their difference."""
    device = pick_device(settings.engine)
    backbone = load_backbone(settings.engine.backbone, settings.engine, device)
    ways: dict[str, list[float]] = {"by command": [], "engine alone": []}
    async with open_stage(settings) as stage:
        guild = stage.env.create_guild("The Atelier")
        channel = guild.create_text_channel("paintings")
        alice = guild.add_member(stage.env.create_user("alice"))
        with stage.env.time_context():
            for _ in range(rounds + 1):
                begun = time.perf_counter()
                await _ordered(stage, alice, channel, size, steps)
                ways["by command"].append(time.perf_counter() - begun)
                begun = time.perf_counter()
                await _alone(backbone, settings, size, steps)
                ways["engine alone"].append(time.perf_counter() - begun)
    table = Table("way", "seconds (median)", title=f"{backbone.name}, {size} px, {steps} steps")
    medians = {name: statistics.median(seconds[1:]) for name, seconds in ways.items()}
    for name, seconds in medians.items():
        table.add_row(name, f"{seconds:.2f}")
    table.add_row("bot and queue", f"{medians['by command'] - medians['engine alone']:.2f}")
    Console().print(table)


async def _ordered(
    stage: Stage, alice: simcord.MemberActor, channel: simcord.ChannelHandle, size: int, steps: int
) -> None:
    """From the command until the channel shows the picture."""
    before = {message.id for message in channel.history()}
    await alice.slash(
        channel,
        "stylize",
        content=(_PHOTO.name, _PHOTO.read_bytes()),
        style=(_STYLE.name, _STYLE.read_bytes()),
        size=size,
        steps=steps,
    )

    def there() -> bool:
        return any(painted(each) for each in channel.history() if each.id not in before)

    await until(stage.env, there, stage.alive, _MOST_SECONDS)


async def _alone(backbone: Backbone, settings: Settings, size: int, steps: int) -> None:
    """The same pictures, from file to file."""
    limits = limits_from(settings)
    content, style = [await read_picture(p.read_bytes(), limits) for p in (_PHOTO, _STYLE)]
    wish = Wish(backbone=backbone.name, styles=[style.digest], size=size, steps=steps, seed=1)
    recipe = make_recipe(wish, settings)
    painting = Painting(recipe, Pictures(content.png, (style.png,)), backbone, settings)
    while not painting.done:
        painting.step(backbone.device.stride)
    painting.finish().encode(settings.pictures.result_bytes)


def main() -> None:
    """Measure on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=40)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atelier-overhead-") as folder:
        settings = load_settings(data_dir=folder, log={"level": "warning"})
        configure_logging(settings.log)
        asyncio.run(measure(settings, wanted.rounds, wanted.size, wanted.steps))


if __name__ == "__main__":
    main()
