"""A live bar on stderr for a painting that is being made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jobs.events import Losses


class Step(Protocol):
    """What is told of a step; torch is not needed to show it."""

    @property
    def step(self) -> int:
        """Steps that are made."""

    @property
    def steps(self) -> int:
        """Steps in all."""

    @property
    def losses(self) -> Losses:
        """Before the step, each with its weight."""


class Bar:
    """A bar that moves with each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Preparing", total=None, losses="")

    def show(self, step: Step) -> None:
        """Move to where `step` is."""
        losses = step.losses
        self._progress.update(
            self._task,
            description="Painting",
            total=step.steps,
            completed=step.step,
            losses=f"content {losses.content:.3g}  style {losses.style:.3g}  tv {losses.tv:.3g}",
        )


@contextmanager
def painting_bar() -> Iterator[Bar]:
    """A bar for as long as the context; where nobody looks on, only its end is written."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[losses]}"),
    )
    console = Console(stderr=True)
    live = console.is_terminal
    progress = Progress(*columns, console=console, transient=live, disable=not live)
    with progress:
        yield Bar(progress)
    if not live:
        console.print(progress.get_renderable())
