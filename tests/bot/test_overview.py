"""What /queue says."""

from datetime import UTC, datetime
from typing import Any

from bot.overview import queue_text
from bot.places import Standing, standings
from jobs.broker import Waiting
from jobs.events import Beat
from jobs.job import StyleJob
from sandbox.turns import keep_time
from tests.bot.conftest import Scene
from tests.bot.making import commission

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENGINE = Beat(engine="e", backbone="b", device="cpu", seconds_per_megapixel_step=1.0)


def job(user_id: int = 42, channel_id: int = 7) -> StyleJob:
    return commission(user_id=user_id, channel_id=channel_id, message_id=user_id).job()


def text(standing: list[Standing], engines: tuple[Beat, ...] = (ENGINE,), **changes: Any) -> str:
    given: dict[str, Any] = {
        "user_id": 42,
        "is_here": lambda job: job.channel_id == 7,
        "link": lambda job: f"link/{job.message_id}",
        "now": NOW,
        **changes,
    }
    return queue_text(standing, engines, **given)


def test_painted_and_waiting() -> None:
    """Who is painted and who waits, with places, and estimates that Discord counts down."""
    standing = [Standing(job(1), None, 5), Standing(job(2), 1, 65), Standing(job(42), 2, 125)]
    assert text(standing) == (
        "**The line** · 1 being painted, 2 waiting\n"
        "🎨 painted now · <@1> · 384 px · ready <t:1767225605:R>\n"
        "**1** · <@2> · 384 px · ready <t:1767225665:R>\n"
        "**2** · <@42> · 384 px · ready <t:1767225725:R> · [yours](link/42)"
    )


def test_other_servers_are_only_counted() -> None:
    """Jobs of another server count in the places, and nothing else of them is shown."""
    shown = text([Standing(job(5, channel_id=8), 1, None), Standing(job(42), 2, None)])
    assert "<@5>" not in shown
    assert shown.endswith(
        "**2** · <@42> · 384 px · [yours](link/42)\n-# 1 picture of other servers in between"
    )


def test_a_long_line_is_cut() -> None:
    """Of a long line the first are shown, and one's own in any case, within one message."""
    standing = [Standing(job(10**18 + n), n + 1, 3600.0 * n) for n in range(300)]
    shown = text([*standing, Standing(job(42), 301, 9e6)])
    assert len(shown) <= 2000
    assert "… and 285 more" in shown
    assert "**301** · <@42>" in shown


def test_an_empty_line() -> None:
    """An empty line invites, and says where nobody is there to paint."""
    assert text([]) == "The line is empty: `/stylize` is painted at once."
    assert text([], engines=()) == (
        "The line is empty.\n🕯️ The painter is away just now; every place is kept until it is back."
    )


def test_a_place_counts_those_before_it() -> None:
    """Half of what is painted and all that waits before it is ahead of a job."""
    first, second, third = job(1), job(2), job(3)
    beat = ENGINE.model_copy(update={"painting": (first.id,)})
    line = [Waiting(one, 0, number) for number, one in enumerate((first, second, third))]
    found = standings(line, [beat])
    whole = found[0].seconds
    assert whole is not None
    assert [one.number for one in found] == [None, 1, 2]
    assert [one.seconds for one in found] == [whole, 3 * whole, 5 * whole]


async def test_the_command(scene: Scene) -> None:
    """/queue answers its member alone, with a link to the job's message."""
    await scene.painter.close()
    await scene.stylize()
    await scene.stylize(scene.bob)
    result = await scene.alice.slash(scene.channel, "queue")
    assert result.response.ephemeral
    assert "0 being painted, 2 waiting" in result.response.content
    assert f"/{scene.channel.id}/{scene.messages()[0].id})" in result.response.content
    assert f"**2** · <@{scene.bob.id}>" in result.response.content


async def test_the_painter_is_here(scene: Scene) -> None:
    """An engine that was heard is there, whatever clock SimCord shows to callbacks."""
    assert len(await scene.stage.broker.engines()) == 1
    await keep_time(scene.stage.env)
    result = await scene.alice.slash(scene.channel, "queue")
    assert result.response.content == "The line is empty: `/stylize` is painted at once."
