"""What a job message says at each point of a job's way."""

from dataclasses import dataclass

from bot.estimates import in_words
from bot.records import Commission
from jobs.events import Cancelled, Failed, Finished, Progress
from jobs.presets import Preset
from jobs.recipe import Mode, Recipe

_BAR = 12


@dataclass(frozen=True)
class Place:
    """Where a waiting job stands."""

    number: int
    """1: it is the next to be painted."""
    seconds: float | None
    """Until its picture is ready."""
    engine_here: bool


def announced(commission: Commission) -> str:
    """The first words of a job message, before the queue has taken the job."""
    return f"🖌️ {_for(commission)} · taking a place in line…"


def waiting(commission: Commission, place: Place) -> str:
    """Place in line and estimate."""
    if not place.engine_here:
        return (
            f"🕯️ {_for(commission)} · place **{place.number}** in line\n"
            "The painter is away just now. Your place is kept, and it goes on by itself as soon as "
            "the painter is back."
        )
    ready = f" · ready in {in_words(place.seconds)}" if place.seconds is not None else ""
    return f"🖌️ {_for(commission)} · place **{place.number}** in line{ready}\n{_bar(0)}"


def painting(commission: Commission, progress: Progress | None) -> str:
    """Progress bar and time left."""
    done = progress.step / progress.steps if progress else 0.0
    left = progress.seconds_left if progress else None
    rest = f" · {in_words(left)} left" if left is not None else ""
    return f"🎨 {_for(commission)} · painting{rest}\n{_bar(done)} {round(done * 100)} %"


def painted(
    commission: Commission,
    finished: Finished,
    preset: Preset | None,
    reactions: tuple[Preset, ...],
    *,
    own_layers: bool,
) -> str:
    """The recipe in one line, what was different from what was asked, and what can be tried."""
    line = recipe_line(finished, preset, own_layers=own_layers)
    head = f"🖼️ {_for(commission)} · {line}"
    parts = [head]
    if finished.note:
        parts.append(f"ℹ️ {finished.note}")
    if reactions:
        offers = " ".join(f"{preset.emoji} {preset.title}" for preset in reactions)
        parts.append(f"-# React to paint these pictures again as: {offers}")
    return "\n".join(parts)


def sheet(commission: Commission, finished: Finished, presets: tuple[Preset, ...]) -> str:
    """What a sheet shows, and how to go on from it; `presets` are those on it."""
    parts = [
        f"🖼️ {_for(commission)} · all presets on your photo · {finished.recipe.backbone} · "
        f"{finished.recipe.size} px each · {in_words(finished.seconds)}"
    ]
    if finished.note:
        parts.append(f"ℹ️ {finished.note}")
    offers = " ".join(f"{preset.emoji} {preset.title}" for preset in presets)
    parts.append(
        f"-# React with an emoji, or use the menu, to paint your photo in one of them: {offers}"
    )
    return "\n".join(parts)


def recipe_line(finished: Finished, preset: Preset | None, *, own_layers: bool) -> str:
    """A finished recipe in one line; layers that nobody chose (`own_layers`) are left out."""
    recipe, (width, height) = finished.recipe, finished.size
    name = f"**{preset.emoji} {preset.title}** · " if preset else ""
    colours = f" · {recipe.keep_colours:.0%} own colours" if recipe.keep_colours else ""
    layers = "" if own_layers else f" · {_layers(recipe)}"
    how = "as in CS231n" if recipe.mode is Mode.CLASSIC else f"strength {recipe.strength:g}"
    return (
        f"{name}{recipe.backbone}{layers} · {how}{colours} · "
        f"{width} × {height} px · {recipe.steps} steps · {in_words(finished.seconds)}"
    )


def failed(commission: Commission, event: Failed) -> str:
    """Why there is no picture, and what to do."""
    return f"⚠️ {_for(commission)} · {event.sentence}"


def refused(commission: Commission, sentence: str) -> str:
    """Why the job did not get a place."""
    return f"⚠️ {_for(commission)} · {sentence}"


def cancelled(commission: Commission, event: Cancelled) -> str:
    """The job was stopped."""
    far = " This is how far it came." if event.picture else ""
    command = "/sheet" if commission.cells else "/stylize"
    return f"⏹️ {_for(commission)} · stopped.{far} Ask again with `{command}` whenever you like."


def in_private(content: str, *, with_picture: bool) -> str:
    """The end of a job as a direct message, since its place in the channel is gone."""
    what = "your picture" if with_picture else "the answer"
    return f"{content}\n-# I can no longer show {what} where you asked, so it comes here."


def _for(commission: Commission) -> str:
    return f"<@{commission.user_id}>"


def _bar(done: float) -> str:
    filled = min(int(done * _BAR), _BAR)
    return "▰" * filled + "▱" * (_BAR - filled)


def _layers(recipe: Recipe) -> str:
    """Style layers; weights only where they differ."""
    weights = {pair.weight for pair in recipe.style_layers}
    if len(weights) == 1:
        return ", ".join(pair.layer for pair in recipe.style_layers)
    return ", ".join(f"{pair.layer} {pair.weight:g}" for pair in recipe.style_layers)
