"""What job messages say."""

from bot import words
from jobs.events import Cancelled, Failed, Progress
from jobs.presets import Preset
from jobs.request import Wish, make_recipe
from tests.bot.making import LOSSES, SETTINGS, commission, finished

WAVES = Preset(name="waves", emoji="🌊", title="Waves", line="Bands of waves.")


def test_place_and_estimate() -> None:
    """A waiting job shows its place and when it will be ready."""
    text = words.waiting(commission(), words.Place(3, 130, engine_here=True))
    assert text.startswith("🖌️ <@42> · place **3** in line · ready in about 2 minutes")


def test_engine_away() -> None:
    """Without an engine the place is kept, and the message says so."""
    text = words.waiting(commission(), words.Place(1, None, engine_here=False))
    assert "place **1**" in text
    assert "Your place is kept" in text


def test_progress_bar() -> None:
    """The bar fills with the steps."""
    job = commission()
    half = Progress(job=job.id, step=85, steps=170, losses=LOSSES, seconds_left=20.0)
    assert words.painting(job, half) == (
        "🎨 <@42> · painting · about 20 seconds left\n▰▰▰▰▰▰▱▱▱▱▱▱ 50 %"
    )


def test_recipe_in_one_line() -> None:
    """The finished picture's recipe stands in the first line."""
    wish = Wish(styles=("5" * 64,), layers="relu1,fire5", weights="2,1", steps=9, keep_colours=0.5)
    job = commission(recipe=make_recipe(wish, SETTINGS))
    first, *_ = words.painted(job, finished(job), WAVES, (), own_layers=False).splitlines()
    assert first == (
        "🖼️ <@42> · **🌊 Waves** · squeezenet1_0 · relu1 2, fire5 1 · strength 1 · "
        "50% own colours · 384 × 288 px · 9 steps · about 20 seconds"
    )


def test_layers_that_nobody_chose() -> None:
    """The preset's or backbone's own layers are not told."""
    job = commission()
    first, *_ = words.painted(job, finished(job), None, (), own_layers=True).splitlines()
    assert first == (
        "🖼️ <@42> · squeezenet1_0 · strength 1 · 384 × 288 px · 200 steps · about 20 seconds"
    )


def test_notes_and_offers() -> None:
    """What was different is said, and the reactions are explained."""
    job = commission()
    end = finished(job, note="Another network painted.")
    text = words.painted(job, end, None, (WAVES,), own_layers=True)
    assert text.splitlines()[1:] == [
        "ℹ️ Another network painted.",
        "-# React to paint these pictures again as: 🌊 Waves",
    ]


def test_fits_a_message() -> None:
    """With every layer and twenty offers a caption still fits into Discord's 2,000 characters."""
    job = commission()
    many = tuple(WAVES.model_copy(update={"title": "T" * 40}) for _ in range(20))
    text = words.painted(job, finished(job, note="n" * 300), WAVES, many, own_layers=False)
    assert len(text) <= 2000


def test_failure_has_its_sentence() -> None:
    """A failed job says why."""
    job = commission()
    event = Failed(job=job.id, code="x", sentence="It cannot be. Do that.")
    assert words.failed(job, event) == "⚠️ <@42> · It cannot be. Do that."


def test_cancelled_with_a_frame() -> None:
    """A stopped job says that the picture shows how far it came."""
    job = commission()
    text = words.cancelled(job, Cancelled(job=job.id, picture="a" * 64, extension="png"))
    assert "how far it came" in text
