"""When a painting is likely to be ready: pure arithmetic on what engines report."""

from collections.abc import Sequence

from jobs.events import Beat
from jobs.recipe import Recipe


def megapixel_steps(recipe: Recipe, canvas: tuple[int, int]) -> float:
    """The work in a recipe: steps, each times the millions of pixels that it touches."""
    megapixels = canvas[0] * canvas[1] / 1e6
    return sum(scale.steps * scale.fraction**2 * megapixels for scale in recipe.scales)


def pace(engines: Sequence[Beat]) -> float | None:
    """Seconds that a megapixel step takes on an average engine; None if none has measured one."""
    measured = [
        beat.seconds_per_megapixel_step for beat in engines if beat.seconds_per_megapixel_step
    ]
    return sum(measured) / len(measured) if measured else None


def seconds_until_done(work_ahead: float, own_work: float, engines: Sequence[Beat]) -> float | None:
    """Seconds until a job is painted, with `work_ahead` before it (both in megapixel steps)."""
    seconds = pace(engines)
    if seconds is None:
        return None
    return (work_ahead / len(engines) + own_work) * seconds


def in_words(seconds: float) -> str:
    """A length of time as people say it: `about 40 seconds`, `about 3 minutes`."""
    if seconds < 8:
        return "a few seconds"
    if seconds < 90:
        return f"about {max(round(seconds / 5) * 5, 10)} seconds"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {round(seconds / 3600)} hours"
