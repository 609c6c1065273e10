"""Whatever the bytes are: a picture or an error with a sentence, at once and in little room.

`FILES=10000` makes it the long form, which `make fuzz` runs, `SEED=7` another one. The limits are
those of config/settings.toml, so what is found here is what a member could send.
"""

import asyncio
import os
import resource
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from config import load_settings
from pictures import child
from pictures.errors import PictureError, TooMuchMemory, TooSlow, UnreadableImage
from pictures.limits import Limits
from pictures.read import read_picture
from pictures.sentences import sentence

from .drudge import CODES, PICTURE, Drudge, Tally
from .fuzzing import files, seeds
from .hostile import HOSTILE, Scale
from .making import file, scene

FILES = int(os.environ.get("FILES", "300"))
SEED = int(os.environ.get("SEED", "0"))
IS_LONG = "FILES" in os.environ
LIMITS = Limits(**{name: getattr(load_settings().pictures, name) for name in Limits.__slots__})

SECONDS = 1.0
"""Of the processor: by the clock, whatever else the machine does would count too."""

TRIES = 3
"""The best of them counts: a busy machine's caches and memory slow the processor's time as well."""

PEAK_MIB = 768
"""Half of what a child may take: no small file comes near the limit that would end it."""

GROWTH_MIB = 32
EVERY = 24 if IS_LONG else 40
"""One of so many files goes the bot's own way too, with a process for it alone."""

SCALE = Scale(LIMITS.max_bytes - 100_000, 8900) if IS_LONG else Scale(1 << 19, 3000)
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux tells it"),
    pytest.mark.timeout(max(120, FILES)),
]


@pytest.fixture(scope="module")
def drudge() -> Iterator[Drudge]:
    """The process that opens all the files."""
    drudge = Drudge(LIMITS)
    yield drudge
    drudge.close()


@pytest.fixture(scope="module")
def sample() -> list[bytes]:
    """Files that came by, for those tests that start a process for each."""
    return []


def check(drudge: Drudge, tally: Tally, name: str, data: bytes) -> None:
    outcome = drudge.open(data)
    for _ in range(TRIES - 1):
        if outcome.seconds > SECONDS:
            outcome = min(outcome, drudge.open(data), key=lambda one: one.seconds)
    tally.note(outcome, name)
    assert outcome.is_clean, (name, outcome.end, outcome.detail)
    assert outcome.seconds <= SECONDS, (name, outcome)
    assert outcome.peak_mib <= PEAK_MIB, (name, outcome)


def test_seeds_are_sound(drudge: Drudge) -> None:
    """Each file that the damage starts from opens, so that the damage reaches the decoder."""
    assert dict.fromkeys(seeds(), PICTURE) == {
        name: drudge.open(data).end for name, data in seeds().items()
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name: str, drudge: Drudge, tally: Tally) -> None:
    """A file made to cost much costs little."""
    check(drudge, tally, name, HOSTILE[name](SCALE))


def test_generated_and_mutated(drudge: Drudge, tally: Tally, sample: list[bytes]) -> None:
    """Thousands of files give a picture or an error with a sentence, each within a second."""
    tally.seed = SEED
    counted = tally.ends.total()

    @seed(SEED)
    @settings(
        max_examples=FILES,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(files())
    def each(named: tuple[str, bytes]) -> None:
        check(drudge, tally, *named)
        if tally.ends.total() % EVERY == 0:
            sample.append(named[1])

    each()
    assert tally.ends.total() - counted >= FILES


def memory_mib() -> int:
    return int(psutil.Process().memory_info().rss) >> 20


async def test_through_a_child_each(
    tally: Tally, sample: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot's own way, a process for each file, ends as fast and leaves nothing behind."""
    monkeypatch.setattr(child, "_SCRIPT", str(measured_child(tmp_path)))
    before, memory = open_handles(), memory_mib()
    for data in sample:
        await read_measured(data, tally)
    tally.caller_grew_mib = max(0, memory_mib() - memory)
    some = list(HOSTILE)[:: 1 if IS_LONG else 16]
    # One at a time: together, the floods would be gigabytes.
    for name in some:
        await read_measured(HOSTILE[name](SCALE), tally)
    assert before == open_handles()
    peaks = [int(line) for line in (tmp_path / "peaks").read_text().split()]
    tally.child_peak_mib = max(peaks)
    assert len(peaks) > len(sample) / 3
    assert tally.child_peak_mib <= PEAK_MIB
    assert tally.caller_grew_mib <= GROWTH_MIB


def measured_child(folder: Path) -> Path:
    """The real child, which at its end notes the most memory that it held."""
    script = folder / "measured.py"
    script.write_text(
        "import json, os, sys\n"
        "sys.path.extend(json.loads(sys.argv[1])['path'])\n"
        "from pictures import decode_child\n"
        f"peaks = os.open({str(folder / 'peaks')!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        # The real limit lets it write no file at all.
        "confine = decode_child.confine\n"
        "def confined(*limits):\n"
        "    import resource\n"
        "    resource.RLIMIT_FSIZE = -1\n"
        "    confine(*limits)\n"
        "decode_child.confine = confined\n"
        "decode_child.main()\n"
        "status = open('/proc/self/status').read()\n"
        "peak = int(status.split('VmHWM:')[1].split()[0]) >> 10\n"
        "os.write(peaks, b'%d\\n' % peak)\n"
    )
    return script


async def read_measured(data: bytes, tally: Tally) -> None:
    """Read the file and count it; anything but one of our errors goes through."""
    end, took = await read_once(data)
    for _ in range(TRIES - 1):
        if took > SECONDS:
            took = min(took, (await read_once(data))[1])
    tally.children[end] += 1
    tally.slowest_child = max(tally.slowest_child, took)
    assert end in {PICTURE, *CODES} - {TooSlow.code}
    assert took <= SECONDS


async def read_once(data: bytes) -> tuple[str, float]:
    """What became of the file, and seconds that its process has used."""
    end, began = PICTURE, children_seconds()
    try:
        await read_picture(data, LIMITS)
    except PictureError as error:
        end = error.code if sentence(error).endswith(".") else "no sentence"
    return end, children_seconds() - began


def children_seconds() -> float:
    """Seconds of the processor that children have used, those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def open_handles() -> tuple[int, int]:
    me = psutil.Process()
    return me.num_fds(), len(me.children(recursive=True))


_BLOCKED = "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))"

PLOTS: dict[str, tuple[str, type[PictureError]]] = {
    "hangs": ("while True: pass", TooSlow),
    "hangs and hears no signal": (f"{_BLOCKED}; signal.pause()", TooSlow),
    "writes without end": ("while True: os.write(3, bytes(1 << 16))", TooSlow),
    "takes memory bit by bit": (
        "kept = []\n    while True: kept.append(b'x' * (1 << 24))",
        TooMuchMemory,
    ),
    "takes memory at once": ("bytearray(1 << 40)", TooMuchMemory),
    "crashes": ("os.kill(os.getpid(), signal.SIGSEGV)", UnreadableImage),
    "aborts": ("os.abort()", UnreadableImage),
    "recurses": ("decode(*_)", UnreadableImage),
    "leaves": ("os._exit(0)", UnreadableImage),
}
"""What a decoder that has been taken over might do, and what the caller gets."""


@pytest.mark.parametrize("plot", PLOTS)
async def test_child_that(plot: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real child with a wicked decoder gives an error, and the next picture is fine."""
    deed, error = PLOTS[plot]
    script = tmp_path / "wicked.py"
    script.write_text(
        "import json, os, signal, sys\n"
        "sys.path.extend(json.loads(sys.argv[1])['path'])\n"
        "import pictures.decode\n"
        f"def decode(*_):\n    {deed}\n"
        "pictures.decode.decode = decode\n"
        "from pictures.decode_child import main\n"
        "main()\n"
    )
    data = file(scene(), "PNG")
    before = open_handles()
    # Less memory than the bot gives, so that taking all of it does not burden the tests' machine.
    limits = replace(LIMITS, seconds=0.5 if error is TooSlow else 20, memory_mib=256)
    with monkeypatch.context() as patch:
        patch.setattr(child, "_SCRIPT", str(script))
        began = time.perf_counter()
        with pytest.raises(error):
            await read_picture(data, limits)
        took = time.perf_counter() - began
    assert took < limits.seconds + 5
    assert before == open_handles()
    assert (await read_picture(data, LIMITS)).width == 64


async def test_others_go_on_beside_a_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one child hangs, the loop turns and other pictures are read."""
    script = tmp_path / "hangs.py"
    script.write_text("import signal; signal.pause()")
    started = asyncio.Event()
    start = child._start

    async def noted(limits: Limits) -> Process:
        process = await start(limits)
        started.set()
        return process

    data = file(scene(), "PNG")
    with monkeypatch.context() as patch:
        patch.setattr(child, "_SCRIPT", str(script))
        patch.setattr(child, "_start", noted)
        hanging = asyncio.create_task(read_picture(data, replace(LIMITS, seconds=60)))
        await started.wait()
    pictures = await asyncio.gather(*(read_picture(data, LIMITS) for _ in range(3)))
    assert ([64] * 3, False) == ([picture.width for picture in pictures], hanging.done())
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
