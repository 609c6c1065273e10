"""A process that opens one file after another under the limits of the bot's child, and its tally.

Starting a child for each file is what the bot does, and takes a tenth of a second; thousands of
files need a process that stays. Where one kills it, the tests find out, and go on with another.
"""

import json
import re
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from pictures.decode import decode
from pictures.decode_child import _bare_png
from pictures.errors import PictureError
from pictures.limits import Limits
from pictures.metadata import read_recipe
from pictures.open import open_normalised
from pictures.sentences import sentence

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

PICTURE = "picture"
_FILES = 500
"""Files a process: one that lives on for thousands would tear its address space into pieces."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: PICTURE, the code of an error of ours, or what must not be.

    `seconds` of the processor, which other programs do not change as they do `clock_seconds`;
    `detail` a sentence or a traceback; `peak_mib` the most memory that the process has held so far,
    0 where the system does not say.
    """

    end: str
    seconds: float
    clock_seconds: float
    detail: str
    peak_mib: int

    @property
    def is_clean(self) -> bool:
        """Whether it is a picture, or an error of ours with a sentence."""
        return self.end == PICTURE or (self.end in CODES and self.detail.endswith("."))


CODES = frozenset(error.code for error in PictureError.__subclasses__())


@dataclass(slots=True)
class Tally:
    """The figures of a run."""

    seed: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    children: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_name: str = ""
    slowest_by_clock: float = 0.0
    slowest_child: float = 0.0
    peak_mib: int = 0
    child_peak_mib: int = 0
    caller_grew_mib: int = 0
    took: list[float] = field(default_factory=list)

    def note(self, outcome: Outcome, name: str) -> None:
        """Count a file; `name` says which it was where it is the slowest."""
        self.ends[outcome.end] += 1
        self.took.append(outcome.seconds)
        self.peak_mib = max(self.peak_mib, outcome.peak_mib)
        self.slowest_by_clock = max(self.slowest_by_clock, outcome.clock_seconds)
        if outcome.seconds > self.slowest:
            self.slowest, self.slowest_name = outcome.seconds, name

    def table(self) -> str:
        """The figures as a table in Markdown."""
        rows: list[tuple[str, object]] = [
            ("files", f"{self.ends.total():,}"),
            ("seed", self.seed),
            *((end.replace("_", " "), f"{count:,}") for end, count in self.ends.most_common()),
            ("median", f"{_at(self.took, 0.5) * 1000:.1f} ms"),
            ("999 of 1000 within", f"{_at(self.took, 0.999):.2f} s"),
            ("slowest", f"{self.slowest:.2f} s ({self.slowest_name})"),
            ("slowest by the clock", f"{self.slowest_by_clock:.2f} s"),
            ("peak memory of the opening process", f"{self.peak_mib} MiB"),
            ("of them again through `read_picture`", f"{self.children.total():,}"),
            ("slowest with its process", f"{self.slowest_child:.2f} s"),
            ("peak memory of a child", f"{self.child_peak_mib} MiB"),
            ("memory that the caller grew by", f"{self.caller_grew_mib} MiB"),
        ]
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _at(values: list[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))] if values else 0.0


class Drudge:
    """Opens files in a process of its own; a new one follows where a file has killed it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = 0
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def open(self, data: bytes) -> Outcome:
        """What becomes of the file; "hung" and "died" where the process gives no answer."""
        if self._left == 0:
            self.close()
            self._start()
        self._left -= 1
        assert self._connection is not None
        began = time.perf_counter()
        try:
            self._connection.send_bytes(data)
            if self._connection.poll(self._limits.seconds):
                return Outcome(**json.loads(self._connection.recv_bytes()))
            end = "hung"
        except (EOFError, OSError):
            end = "died"
        self.close()
        took = time.perf_counter() - began
        return Outcome(end, took, took, "", 0)

    def close(self) -> None:
        """End the process."""
        if self._process is None or self._connection is None:
            return
        self._connection.close()
        self._process.kill()
        self._process.join()
        self._process.close()
        self._process, self._left = None, 0

    def _start(self) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._limits), daemon=True)
        self._process.start()
        theirs.close()
        self._left = _FILES


def _serve(connection: Connection, limits: Limits) -> None:
    if resource is not None:
        most = limits.memory_mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    while True:
        try:
            data = connection.recv_bytes()
        except (EOFError, OSError):
            return
        clock, began = time.perf_counter(), time.process_time()
        end, detail = _tried(data, limits)
        took = time.process_time() - began
        outcome = Outcome(end, took, time.perf_counter() - clock, detail, peak_mib())
        connection.send_bytes(json.dumps(asdict(outcome)).encode())


def _tried(data: bytes, limits: Limits) -> tuple[str, str]:
    try:
        return _opened(data, limits)
    except PictureError as error:
        # As it is after its way through JSON, like the child's.
        error = PictureError.from_data(json.loads(json.dumps(error.as_data())))
        return error.code, sentence(error)
    except MemoryError:
        return "memory_error", traceback.format_exc()
    except BaseException:
        return "exception", traceback.format_exc()


def _opened(data: bytes, limits: Limits) -> tuple[str, str]:
    """All that happens to a file: in the child, at the engine, and where a recipe is looked for."""
    read_recipe(data)
    decoded = decode(data, limits)
    png = _bare_png(decoded.image)
    image = open_normalised(png, limits.max_pixels)
    if image.mode not in {"RGB", "RGBA"} or max(image.size) > limits.keep_side:
        return "wrong_picture", f"{image.mode} {image.size}"
    if image.info or len(png) > 5 * limits.keep_side**2 + 65536:
        return "wrong_picture", f"{image.info} {len(png)}"
    return PICTURE, ""


def peak_mib() -> int:
    """The most memory that this program has held, MiB; 0 where the system is not Linux.

    Not `ru_maxrss`, which goes on from what the process held that started this one.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) >> 10
