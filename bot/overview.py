"""What /queue says: who is painted, who waits, and when each picture will be ready."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from discord.utils import format_dt

from bot.places import Standing
from jobs.events import Beat
from jobs.job import StyleJob

_MOST_ROWS = 15
"""Of the others' jobs; a message holds 2000 characters, and one's own jobs come in any case."""


def queue_text(
    standing: Sequence[Standing],
    engines: Sequence[Beat],
    *,
    user_id: int,
    is_here: Callable[[StyleJob], bool],
    link: Callable[[StyleJob], str],
    now: datetime,
) -> str:
    """The line as a member of one server sees it.

    Jobs for which `is_here` is false are another server's: they count, and nothing else of them is
    shown. `link` leads to a job's message.
    """
    if not standing:
        begins = ": `/stylize` is painted at once." if engines else "."
        return f"The line is empty{begins}{_absence(engines)}"
    rows, others, elsewhere = list[str](), 0, 0
    for one in standing:
        if not is_here(one.job):
            elsewhere += 1
            continue
        own = one.job.user == str(user_id)
        others += not own
        if own or others <= _MOST_ROWS:
            rows.append(_row(one, link(one.job) if own else "", now))
    if others > _MOST_ROWS:
        rows.append(f"-# … and {others - _MOST_ROWS} more")
    if elsewhere:
        pictures = "picture" if elsewhere == 1 else "pictures"
        rows.append(f"-# {elsewhere} {pictures} of other servers in between")
    return "\n".join([_head(standing, engines), *rows])


def _head(standing: Sequence[Standing], engines: Sequence[Beat]) -> str:
    running = sum(one.number is None for one in standing)
    waiting = len(standing) - running
    return f"**The line** · {running} being painted, {waiting} waiting{_absence(engines)}"


def _absence(engines: Sequence[Beat]) -> str:
    if engines:
        return ""
    return "\n🕯️ The painter is away just now; every place is kept until it is back."


def _row(one: Standing, link: str, now: datetime) -> str:
    place = "🎨 painted now" if one.number is None else f"**{one.number}**"
    ready = ""
    if one.seconds is not None:
        ready = f" · ready {format_dt(now + timedelta(seconds=one.seconds), 'R')}"
    message = f" · [yours]({link})" if link else ""
    what = "a sheet" if one.job.cells else f"{one.job.recipe.size} px"
    return f"{place} · <@{one.job.user}> · {what}{ready}{message}"
