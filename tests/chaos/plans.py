"""What a campaign is to do: the long form, and the short one that every `make test` runs."""

from dataclasses import dataclass

from jobs.failpoints import BOT_ACTS, ENGINE_ACTS, Act, points

ENGINE_POINTS = points(ENGINE_ACTS)
BOT_POINTS = points(BOT_ACTS)


@dataclass(frozen=True)
class Plan:
    """What is to be done."""

    jobs: int
    """Orders to be accepted at least."""
    seed: int
    engine_points: tuple[str, ...] = tuple(ENGINE_POINTS)
    bot_points: tuple[str, ...] = tuple(BOT_POINTS)
    pause: tuple[float, float] = (2.0, 8.0)
    """Least and most seconds before a kill at a random moment, after `breath`."""
    breath: int = 5
    """Answers that are given between two kills of the same kind."""
    calm: float = 0.2
    """The part of the jobs for which, at the end, nothing is killed any more."""
    seconds: float = 86_400.0
    """After so long nothing new is begun."""


def short_form(seed: int) -> Plan:
    """A minute and a quarter on two cores: each act is interrupted on one side, by turns."""
    return Plan(
        jobs=10,
        seed=seed,
        engine_points=half_of(ENGINE_ACTS, seed),
        bot_points=half_of(BOT_ACTS, seed),
        pause=(3.0, 8.0),
        breath=1,
        calm=0.0,
        seconds=50.0,
    )


def half_of(acts: frozenset[Act], turn: int) -> tuple[str, ...]:
    """One of the two points of each act; the next turn has the others."""
    every = points(acts)
    return tuple(every[2 * number + (number + turn) % 2] for number in range(len(every) // 2))
