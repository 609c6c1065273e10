"""Whether and how large a job can be painted beside those that are here."""

from collections.abc import Callable, Collection

from config.settings import Settings
from engine.calibration import Footprints
from engine.errors import OutOfMemory
from engine.memory import Need, fillable, need, size_for_all
from engine.outcomes import Paints
from engine.seat import Seat, plan
from jobs.job import StyleJob


class Admission:
    """Knows what each job will need, before it starts."""

    def __init__(
        self, settings: Settings, free_bytes: Callable[[], int], tidy: Callable[[], None]
    ) -> None:
        """`free_bytes` are the device's; `tidy` gives back what is kept for nobody."""
        self._settings, self._free_bytes, self._tidy = settings, free_bytes, tidy
        self._footprints = Footprints(settings)

    def memory(self, seats: Collection[Seat]) -> int:
        """Bytes that all paintings together may take, of which these hold some."""
        held = sum(seat.painting.nbytes for seat in seats)
        return fillable(self._free_bytes(), held)

    def seat(self, job: StyleJob, painting: Paints, seats: Collection[Seat], now: float) -> Seat:
        """The job with what it needs, made smaller if that does not fit beside `seats`.

        The pictures of a sheet share the memory equally, and stay of one size. Raises OutOfMemory
        where no size fits.
        """
        recipes, backbone = painting.recipes, painting.backbone
        pairs = [(self._footprints.of(recipe, backbone), recipe) for recipe in recipes]
        least = self._settings.bounds.size[0]
        size = size_for_all(pairs, job.canvas, self.memory(seats), least)
        if size != painting.recipe.size:
            self._tidy()
            size = size_for_all(pairs, job.canvas, self.memory(seats), least)
        if size is None:
            raise OutOfMemory
        if size != painting.recipe.size:
            painting.shrink(size)
        canvas = plan(painting.recipe, job.canvas)[-1].canvas
        needs = [need(*pair, canvas) for pair in pairs]
        needed = Need(sum(one.held for one in needs), sum(one.passing for one in needs))
        ratio = sum(self._footprints.ratio(recipe, backbone) for recipe in recipes)
        return Seat(job.id, painting, job.canvas, needed, ratio, previewed=now)
