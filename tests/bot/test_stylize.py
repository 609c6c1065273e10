"""`/stylize` from command to picture, through the real bot and the real queue."""

from unittest.mock import AsyncMock

import discord
import pytest

from bot.records import OPEN
from jobs.errors import QueueFull
from tests.bot.conftest import Scene
from tests.bot.painter import QuickPainter, refused, small_picture


async def test_a_picture_comes(scene: Scene) -> None:
    """Two attachments become one message with a picture, a caption, a menu and reactions."""
    await scene.stylize()
    [message] = await scene.pictures(1)
    names = [file.filename for file in message.attachments]
    assert names == [f"atelier-{scene.painter.jobs[0].id}.png"]
    assert len(scene.messages()) == 1
    assert "squeezenet1_0" in message.content
    assert len(message.components) == 1


async def test_the_thinking_note_goes_away(scene: Scene) -> None:
    """The answer is the job message; the deferred note is taken away."""
    result = await scene.stylize()
    assert (result.deferred, result.ephemeral, result.response) == (True, True, None)


async def test_place_in_line(scene: Scene) -> None:
    """A waiting job shows its place, and the second member's is 2."""
    await scene.painter.close()
    await scene.stylize(scene.alice)
    await scene.stylize(scene.bob)
    await scene.until(lambda: "place **2**" in scene.messages()[-1].content)
    assert "place **1**" in scene.messages()[0].content


async def test_options_reach_the_recipe(scene: Scene) -> None:
    """Layers, weights, strength, size, steps and colours are what the engine gets."""
    await scene.stylize(
        layers="relu1, fire5", weights="2, 1", strength=2.0, size=128, steps=9, keep_colours=0.5
    )
    await scene.pictures(1)
    recipe = scene.painter.jobs[0].recipe
    layers = {pair.layer: pair.weight for pair in recipe.style_layers}
    found = (layers, recipe.strength, recipe.size, recipe.steps, recipe.keep_colours)
    assert found == ({"relu1": 2, "fire5": 1}, 2, 128, 9, 0.5)


async def test_a_preset_needs_no_style(scene: Scene) -> None:
    """A photo and a preset are enough."""
    await scene.stylize(style=None, preset="waves")
    [message] = await scene.pictures(1)
    assert "🌊 Waves" in message.content


async def test_reacting_makes_that_version(scene: Scene) -> None:
    """A preset's emoji makes that recipe of the same pictures, as a reply, for who reacted."""
    await scene.stylize()
    [first] = await scene.pictures(1)
    await scene.bob.react(first, "🌊")
    _, second = await scene.pictures(2)
    one, two = scene.painter.jobs
    assert second.reference is not None
    assert second.reference.message_id == first.id
    assert (two.content, two.recipe.styles, two.recipe.preset) == (
        one.content,
        one.recipe.styles,
        "waves",
    )
    assert (two.user, two.parent) == (str(scene.bob.id), one.id)


async def test_a_classic_preset_paints_the_members_style(scene: Scene) -> None:
    """By its shorter side, with the assignment's steps, and the caption says what it is."""
    await scene.stylize(preset="classic-starry")
    [message] = await scene.pictures(1)
    job = scene.painter.jobs[0]
    assert ((192, 192), 200) == (job.canvas, job.recipe.steps)
    assert "as in CS231n" in message.content


async def test_a_classic_reaction_keeps_no_size(scene: Scene) -> None:
    """From another mode to the classic one and back, sizes and steps are each mode's own."""
    await scene.stylize(size=128, steps=9)
    [first] = await scene.pictures(1)
    await scene.bob.react(first, "🌌")
    _, second = await scene.pictures(2)
    await scene.bob.react(second, "🌊")
    await scene.pictures(3)
    found = [(job.recipe.backbone, job.recipe.size) for job in scene.painter.jobs]
    expected = [("squeezenet1_0", 128), ("squeezenet1_1", 192), ("squeezenet1_0", 384)]
    assert expected == found


async def test_a_classic_reaction_needs_a_members_style(scene: Scene) -> None:
    """Under a picture in a preset's own style there is none, and whoever reacts is told."""
    await scene.stylize(style=None, preset="waves")
    [first] = await scene.pictures(1)
    await scene.bob.react(first, "😱")
    await scene.until(lambda: len(scene.messages()) == 2)
    assert "Attach a painting as the style" in scene.messages()[-1].content


async def test_reacting_twice_is_one_job(scene: Scene) -> None:
    """The same member's same reaction makes one version, however often it is given."""
    await scene.stylize()
    [first] = await scene.pictures(1)
    await scene.bob.react(first, "🌊")
    await scene.pictures(2)
    await scene.bob.unreact(first, "🌊")
    await scene.bob.react(first, "🌊")
    assert len(scene.painter.jobs) == 2
    assert len(scene.messages()) == 2


async def test_other_emoji_do_nothing(scene: Scene) -> None:
    """An emoji that is no preset's is just a reaction."""
    await scene.stylize()
    [first] = await scene.pictures(1)
    await scene.bob.react(first, "🍕")
    assert len(scene.messages()) == 1


async def test_the_menu_brings_the_presets_own_style(scene: Scene) -> None:
    """Choosing from the menu paints the photo in the preset's own style."""
    await scene.stylize()
    [first] = await scene.pictures(1)
    await scene.bob.select(first, ["mosaic"], custom_id=f"atelier:try:{scene.painter.jobs[0].id}")
    await scene.pictures(2)
    one, two = scene.painter.jobs
    assert two.recipe.preset == "mosaic"
    assert two.content == one.content
    assert two.recipe.styles != one.recipe.styles


REFUSALS = [
    ({"content": ("cat.jpg", b"not a picture at all")}, "JPEG, PNG"),
    ({"content": ("cat.png", small_picture()[:60])}, "damaged or cut off"),
    ({"content": ("cat.heic", b"\0\0\0\x18ftypheic" + bytes(40))}, "HEIC"),
    ({"content": ("tiny.png", small_picture(8))}, "at least 16 px"),
    ({"layers": "conv9"}, "relu1, fire2"),
    ({"layers": "relu1,fire2", "weights": "1"}, "Layers: 2, weights: 1"),
    ({"layers": "relu1", "weights": "nan"}, "plain numbers"),
    ({"layers": "relu1", "weights": "-3"}, "plain numbers"),
    ({"preset": "cubism"}, "flow, mosaic"),
    ({"style": None}, "Attach a painting"),
    ({"preset": "classic-starry", "style": None}, "Attach a painting"),
    ({"preset": "classic-starry", "size": 256}, "not for choice there: size"),
    ({"size": 99999}, "from 64 to 1024"),
    ({"steps": 0}, "from 1 to 1000"),
    ({"keep_colours": 2.0}, "from 0 to 1"),
]


@pytest.mark.parametrize(("options", "words"), REFUSALS, ids=lambda value: str(value)[:40])
async def test_refusals(scene: Scene, options: dict[str, object], words: str) -> None:
    """What cannot be painted gets a sentence that only the member sees, and nothing else."""
    result = await scene.stylize(**options)
    assert words in result.response.content
    assert result.response.ephemeral
    assert scene.messages() == []


async def test_too_many_waiting(scene: Scene) -> None:
    """A member with as many as allowed is told how many that is; another member is not hindered."""
    await scene.painter.close()
    for _ in range(2):
        await scene.stylize()
    result = await scene.stylize()
    await scene.stylize(scene.bob)
    assert "2 pictures" in result.response.content
    assert len(scene.messages()) == 3


async def test_a_full_line(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the line is full for everyone a member is told so, and nothing of it stays."""
    monkeypatch.setattr(scene.stage.broker, "submit", AsyncMock(side_effect=QueueFull))
    result = await scene.stylize()
    assert "The line is full for everyone just now" in result.response.content
    assert (await scene.stage.records.in_stages(OPEN), scene.messages()) == ([], [])


async def test_missing_permission(scene: Scene) -> None:
    """Where the bot may not write, it says which permission it needs."""
    deny = discord.PermissionOverwrite(send_messages=False)
    closed = scene.guild.create_text_channel(
        "closed", overwrites={scene.stage.studio.bot.user: deny}
    )
    result = await scene.stylize(channel=closed)
    assert "Send Messages" in result.response.content


async def test_a_failed_job_is_told(scene: Scene, painter: QuickPainter) -> None:
    """A job that ends without a picture says why in its message."""
    painter.answer = refused
    await scene.stylize()
    await scene.until(lambda: "brush broke" in scene.messages()[0].content)


async def test_discord_refuses_the_upload(scene: Scene) -> None:
    """A picture that Discord finds too large is sent once more, smaller."""
    scene.stage.env.inject_error(
        "PATCH", "/channels/*/messages/*", status=413, code=40005, message="large", times=1
    )
    await scene.painter.close()
    await scene.stylize()
    scene.painter.open.set()
    await scene.pictures(1)


async def test_presets_and_help(scene: Scene) -> None:
    """/presets and /help answer at once, for the member alone."""
    for command, words in (("presets", "🌊 **Waves**"), ("help", "`/stylize`")):
        result = await scene.alice.slash(scene.channel, command)
        assert words in result.response.content
        assert result.response.ephemeral


async def test_a_reaction_has_its_members_limits(scene: Scene) -> None:
    """Who has as many pictures in line as allowed is told so when they react; others are not."""
    await scene.stylize()
    [first] = await scene.pictures(1)
    await scene.painter.close()
    for _ in range(2):
        await scene.stylize(scene.bob)
    await scene.bob.react(first, "🌊")
    told = f"<@{scene.bob.id}> · You have 2 pictures in the line already"
    assert scene.messages()[-1].content.startswith(told)
    await scene.alice.react(first, "🌊")
    await scene.until(lambda: f"<@{scene.alice.id}> · place **2**" in scene.messages()[-1].content)
