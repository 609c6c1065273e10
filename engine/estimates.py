"""How long a painting takes. Work is counted in megapixel steps, each backbone has a rate.

The time of a step goes with the pixels of its canvas, so one number a backbone, seconds per
megapixel step, foretells a job of any size (exactly so on a CPU; a GPU is quicker than foretold
where a canvas is too small to fill it).
"""

from jobs.recipe import Recipe

_TRUST = 0.3
"""Share of the last painting in a rate: a machine that gets busy is noticed within a few jobs."""
_PRIOR = 0.05
"""Part of a painting for which the rate from before counts as much as what it measures itself."""


def step_work(recipe: Recipe, canvas: tuple[int, int], scale: int) -> float:
    """Megapixel steps of one step at a scale (an index); `canvas` is the finished one's, in px."""
    return recipe.scales[scale].fraction ** 2 * canvas[0] * canvas[1] / 1e6


def whole_work(recipe: Recipe, canvas: tuple[int, int]) -> float:
    """Megapixel steps of the whole painting."""
    return sum(
        scale.steps * step_work(recipe, canvas, index) for index, scale in enumerate(recipe.scales)
    )


class Estimates:
    """Seconds per megapixel step, a backbone."""

    def __init__(self) -> None:
        self._rates: dict[str, float] = {}
        self._expected: dict[str, float] = {}

    def expect(self, backbone: str, rate: float) -> None:
        """Take `rate` for as long as no painting has been measured."""
        self._expected[backbone] = rate

    def rate(self, backbone: str) -> float | None:
        """The rate of `backbone`; None where nothing is known."""
        return self._rates.get(backbone, self._expected.get(backbone))

    def learn(self, backbone: str, work: float, seconds: float) -> None:
        """Take in that a painting's `work` took `seconds`. The first one counts as it is."""
        if work <= 0:
            return
        measured = seconds / work
        known = self._rates.setdefault(backbone, measured)
        self._rates[backbone] = known + _TRUST * (measured - known)

    def seconds(self, recipe: Recipe, canvas: tuple[int, int]) -> float | None:
        """What a painting will take; None where nothing is known of its backbone."""
        rate = self.rate(recipe.backbone)
        return None if rate is None else rate * whole_work(recipe, canvas)


class Pace:
    """How one painting gets on, and when it will be done."""

    def __init__(self, work: float, rate: float | None) -> None:
        """`work` of the whole painting, and the `rate` that is expected, if any."""
        self.work, self.done, self.seconds = work, 0.0, 0.0
        self._rate = rate

    def add(self, work: float, seconds: float) -> None:
        """Some more work is done, and took `seconds`."""
        self.done += work
        self.seconds += seconds

    @property
    def seconds_left(self) -> float | None:
        """What is left to do, at the expected rate at first and more and more at its own."""
        prior = 0.0 if self._rate is None else self.work * _PRIOR
        if self.done + prior <= 0:
            return None
        rate = (self.seconds + prior * (self._rate or 0.0)) / (self.done + prior)
        return rate * max(0.0, self.work - self.done)
