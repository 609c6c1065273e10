"""The engine: paints the jobs that it is given, a step at a time."""

import time
from dataclasses import dataclass

import structlog

from config.settings import Settings
from engine.backbone_cache import BackboneCache
from engine.estimates import Estimates
from engine.nst.transfer import Frame
from engine.painting import Painted, Painting, Pictures
from engine.scheduler import Entry, Scheduler
from jobs.job import StyleJob

log = structlog.get_logger(__name__)

SLOTS = 1
"""Jobs that are painted together."""


@dataclass(frozen=True)
class Stepped:
    """A job has made a step; now and then there is a preview, a small JPEG."""

    job: str
    frame: Frame
    seconds_left: float | None
    preview: bytes | None


@dataclass(frozen=True)
class Completed:
    """A job is painted."""

    job: str
    painted: Painted


@dataclass(frozen=True)
class Broken:
    """A job cannot go on."""

    job: str
    error: Exception


Event = Stepped | Completed | Broken


class Engine:
    """Paints. Not thread-safe: one thread makes all calls, so a call falls between two steps."""

    def __init__(self, settings: Settings, backbones: BackboneCache, estimates: Estimates) -> None:
        self._settings, self._backbones, self.estimates = settings, backbones, estimates
        # As many pixels as the largest canvas that may be asked for.
        self._scheduler = Scheduler(SLOTS, pixel_budget=settings.bounds.size[1] ** 2)
        self._paintings: dict[str, Painting] = {}
        self._previewed: dict[str, float] = {}

    @property
    def backbone(self) -> str:
        """The one that paints where nobody asks for another, or its stand-in."""
        return self._backbones.get(self._settings.engine.backbone).name

    @property
    def device(self) -> str:
        """In words."""
        return self._backbones.device.name

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._paintings)

    def add(self, job: StyleJob, pictures: Pictures, *, alone: bool = False) -> float | None:
        """Take a job in, and give the estimate of its seconds. Raises WeightsError."""
        recipe = job.recipe
        backbone = self._backbones.get(recipe.backbone, stand_in=recipe.may_be_adapted)
        rate = self.estimates.rate(backbone.name)
        painting = Painting(recipe, pictures, backbone, self._settings, rate)
        width, height = job.canvas
        self._scheduler.add(Entry(job.id, width * height, alone))
        self._paintings[job.id] = painting
        self._previewed[job.id] = time.monotonic()
        return self.estimates.seconds(painting.recipe, job.canvas)

    def drop(self, job: str) -> Painting | None:
        """Stop a job; gives what there is of it, None where it is not here."""
        self._scheduler.remove(job)
        self._previewed.pop(job, None)
        return self._paintings.pop(job, None)

    def step(self) -> list[Event]:
        """One step of each job that runs: schedule, run, collect."""
        running = self._scheduler.schedule()
        events = [self._run(job) for job in running]
        self._collect(events)
        return events

    def _run(self, job: str) -> Event:
        """A step of one job, whose fault stays its own."""
        painting = self._paintings[job]
        with structlog.contextvars.bound_contextvars(job=job):
            try:
                if painting.done:
                    return Completed(job, painting.finish())
                frame = painting.step()
                preview = self._preview(job, painting)
            except Exception as error:  # told to the member by whoever follows the job
                return Broken(job, error)
        return Stepped(job, frame, painting.seconds_left, preview)

    def _preview(self, job: str, painting: Painting) -> bytes | None:
        now = time.monotonic()
        if painting.done or now - self._previewed[job] < self._settings.engine.preview_seconds:
            return None
        self._previewed[job] = now
        return painting.preview()

    def _collect(self, events: list[Event]) -> None:
        """Let go of the jobs that have ended, and learn from those that went well."""
        for event in events:
            if isinstance(event, Stepped):
                continue
            painting = self.drop(event.job)
            if painting is not None and isinstance(event, Completed):
                self.estimates.learn(painting.recipe.backbone, *painting.measured)
