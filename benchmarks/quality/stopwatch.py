"""Seconds spent, on the wall and on all cores together."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Wall seconds, and CPU seconds of all threads together."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def less(self, other: "Spent") -> "Spent":
        """What was spent since `other`."""
        return Spent(self.seconds - other.seconds, self.cpu_seconds - other.cpu_seconds)

    def on(self, axis: str) -> float:
        """The seconds that count, see `axis_of`."""
        return self.cpu_seconds if axis == "cpu_seconds" else self.seconds


def axis_of(device_type: str) -> str:
    """The seconds that compare: CPU seconds on a CPU, which others share, else the wall's."""
    return "cpu_seconds" if device_type == "cpu" else "seconds"


class Stopwatch:
    """Adds up what is spent inside `running`, so that judging in between does not count."""

    def __init__(self) -> None:
        self.spent = Spent()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens inside."""
        begun, begun_cpu = time.perf_counter(), time.process_time()
        yield
        self.spent = Spent(
            self.spent.seconds + time.perf_counter() - begun,
            self.spent.cpu_seconds + time.process_time() - begun_cpu,
        )
