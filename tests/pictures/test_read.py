"""Reading in a process of its own."""

import asyncio
import hashlib
import os
import signal
import struct
import subprocess
import sys
from asyncio.subprocess import Process
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pictures import child
from pictures.errors import (
    DecompressionBomb,
    NotAnImage,
    PictureError,
    TooManyBytes,
    TooMuchMemory,
    TooSlow,
    UnreadableImage,
)
from pictures.kinds import Kind
from pictures.limits import Limits
from pictures.read import Reader, read_picture, read_picture_sync

from .making import LIMITS, QUARTERS, file, png, quarters, scene


async def refused(data: bytes, **limits: Any) -> PictureError:
    with pytest.raises(PictureError) as caught:
        await read_picture(data, replace(LIMITS, **limits))
    return caught.value


async def test_picture() -> None:
    """A picture comes back as a PNG with its digest, size and source told."""
    picture = await read_picture(file(scene((1024, 768)), "TIFF"), LIMITS)
    image = Image.open(BytesIO(picture.png))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (512, 384))
    assert list(QUARTERS.values()) == quarters(image)
    assert (
        picture.width,
        picture.height,
        picture.has_alpha,
        picture.source_format,
        picture.shrunk_from,
    ) == (512, 384, False, "TIFF", (1024, 768))
    assert hashlib.sha256(picture.png).hexdigest() == picture.digest


async def test_alpha_is_told() -> None:
    """Alpha comes through the process, and a picture that was not shrunk says so."""
    image = scene()
    image.putalpha(100)
    picture = await read_picture(file(image, "WEBP", lossless=True), LIMITS)
    assert (picture.has_alpha, picture.shrunk_from) == (True, None)
    assert {100} == {pixel[3] for pixel in quarters(Image.open(BytesIO(picture.png)))}


async def test_same_pixels_same_digest() -> None:
    """The same pixels have the same digest, whatever file they came in."""
    one = await read_picture(file(scene(), "PNG", compress_level=9), LIMITS)
    other = await read_picture(file(scene(), "BMP"), LIMITS)
    assert one.digest == other.digest


async def test_no_metadata_survives() -> None:
    """Where a photo was taken, its comment and its profile are gone: only pixels remain."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 31.0, 12.0)
    data = file(scene(), "JPEG", exif=exif, comment=b"SECRET comment", xmp=b"<x>SECRET</x>")
    picture = await read_picture(data, LIMITS)
    assert {b"IHDR", b"IDAT", b"IEND"} == chunk_names(picture.png)
    assert Image.open(BytesIO(picture.png)).info == {}


def chunk_names(data: bytes) -> set[bytes]:
    names, at = set(), 8
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        names.add(name)
        at += 12 + length
    return names


async def test_error_crosses_the_process() -> None:
    """What the child finds wrong arrives with its data."""
    error = await refused(png(60000, 60000, b"\0" * 100))
    assert isinstance(error, DecompressionBomb)
    assert error.unpacked == 60000 * 60000


async def test_refused_without_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many bytes and what is no image cost no process."""
    monkeypatch.setattr(child, "run", None)
    assert isinstance(await refused(bytes(200), max_bytes=100), TooManyBytes)
    error = await refused(b"%PDF-1.7")
    assert isinstance(error, NotAnImage)
    assert error.guess == Kind.PDF


async def test_cut_off() -> None:
    """A cut off file is unreadable."""
    assert isinstance(await refused(file(scene(), "JPEG")[:-100]), UnreadableImage)


async def test_too_slow() -> None:
    """A child that does not finish in time is killed and the error says how long it had."""
    error = await refused(file(scene(), "PNG"), seconds=0.001)
    assert isinstance(error, TooSlow)
    assert error.seconds == 0.001


async def test_memory_limit() -> None:
    """A picture that needs more than the child may take is refused, not swapped in."""
    rows = [bytes(1) + os.urandom(16) + bytes(3 * 6000 - 16) for _ in range(6000)]
    data = png(6000, 6000, b"".join(rows))
    error = await refused(data, memory_mib=100, max_pixels=40_000_000)
    assert isinstance(error, TooMuchMemory)
    assert error.memory_mib == 100


async def test_memory_too_small_to_start() -> None:
    """A limit that leaves no room for Python itself still ends in one of our errors."""
    assert isinstance(await refused(file(scene(), "PNG"), memory_mib=1), PictureError)


@pytest.mark.skipif(os.name != "posix", reason="signals as exit statuses are POSIX")
@pytest.mark.parametrize(
    ("ending", "error"),
    [
        (signal.SIGSEGV, UnreadableImage),
        (signal.SIGXCPU, TooSlow),
        (signal.SIGALRM, TooSlow),
        (signal.SIGKILL, TooMuchMemory),
    ],
)
async def test_child_that_dies(
    ending: signal.Signals,
    error: type[PictureError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A crash hurts one picture: each way to die is one of our errors."""
    script = tmp_path / "dies.py"
    script.write_text(f"import os; os.kill(os.getpid(), {int(ending)})")
    monkeypatch.setattr(child, "_SCRIPT", str(script))
    assert type(await refused(file(scene(), "PNG"))) is error


@pytest.mark.parametrize(
    "answer",
    [b"", b"\n", b"{}\n", b"[]\n", b'{"error": {"code": "?"}}\n', b'{"png_bytes": 9}\nshort'],
)
async def test_answer_that_makes_no_sense(
    answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that was taken over and talks nonsense gives an unreadable picture."""
    script = tmp_path / "babbles.py"
    script.write_text(f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({answer!r})")
    monkeypatch.setattr(child, "_SCRIPT", str(script))
    assert isinstance(await refused(file(scene(), "PNG")), UnreadableImage)


async def test_child_that_ignores_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that ends before it has read a large file is no error of ours."""
    script = tmp_path / "leaves.py"
    script.write_text("import os; os._exit(3)")
    monkeypatch.setattr(child, "_SCRIPT", str(script))
    data = file(scene(), "PNG") + bytes(3 << 20)
    assert isinstance(await refused(data), UnreadableImage)


@pytest.mark.skipif(sys.platform != "linux", reason="not every system has each limit")
async def test_child_is_confined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child sees none of our environment, and has limits on memory, time, files and cores."""
    monkeypatch.setenv("DISCORD_TOKEN", "SECRET")
    script = tmp_path / "tells.py"
    script.write_text(
        "import os, sys, resource as r\n"
        f"sys.path.append({str(Path(child.__file__).parent.parent)!r})\n"
        "from pictures.decode_child import confine\n"
        "sys.stdin.buffer.read()\n"
        "confine(300, 2.5)\n"
        "names = ('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_CORE')\n"
        "print([r.getrlimit(getattr(r, name))[1] for name in names], 'SECRET' in str(os.environ))"
    )
    monkeypatch.setattr(child, "_SCRIPT", str(script))
    status, output = await child.run(b"", LIMITS)
    assert (0, f"[{300 << 20}, 3, 0, 0] False\n") == (status, output.decode())


@pytest.mark.skipif(os.name != "posix", reason="asks POSIX whether a process lives")
async def test_cancelling_ends_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled read leaves no process behind."""
    started = asyncio.Event()
    pids: list[int] = []
    start = child._start

    async def noted(limits: Limits) -> Process:
        process = await start(limits)
        pids.append(process.pid)
        started.set()
        return process

    monkeypatch.setattr(child, "_start", noted)
    reading = asyncio.create_task(read_picture(file(scene((2000, 1500)), "PNG"), LIMITS))
    await started.wait()
    assert alive(pids[0])
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not alive(pids[0])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of a parent's death")
def test_child_dies_with_its_parent(tmp_path: Path) -> None:
    """Killing the program that reads, even with -9, leaves no child behind."""
    root = str(Path(child.__file__).parent.parent)
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    waiting = tmp_path / "waits.py"
    waiting.write_text(
        "import json, signal, sys\n"
        f"sys.path.append({root!r})\n"
        "from pictures.decode_child import die_with\n"
        "die_with(json.loads(sys.argv[1])['parent'])\n"
        f"held = open({str(alive)!r}, 'w')\n"
        "print('ready', file=held, flush=True)\n"
        "signal.pause()\n"
    )
    parent = (
        "import asyncio, sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from pictures import child\n"
        "from pictures.limits import Limits\n"
        f"child._SCRIPT = {str(waiting)!r}\n"
        f"asyncio.run(child.run(b'', {LIMITS!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent]) as reading, alive.open() as fifo:
        assert fifo.readline() == "ready\n"
        reading.kill()
        # The pipe ends when the child, who alone holds its other end, is gone.
        assert fifo.read() == ""


async def test_loop_stays_free() -> None:
    """While a picture is being read, the event loop goes on turning."""
    turns = 0
    reading = asyncio.create_task(read_picture(file(scene((1500, 1000)), "PNG"), LIMITS))
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    await reading
    assert turns > 100


async def test_reader_reads_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader has no more processes than it may, and reads everything in the end."""
    running = most = 0
    run = child.run

    async def counted(data: bytes, limits: Any) -> tuple[int, bytes]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await run(data, limits)
        finally:
            running -= 1

    monkeypatch.setattr(child, "run", counted)
    reader = Reader(LIMITS, at_once=2)
    pictures = await asyncio.gather(*(reader.read(file(scene(), "PNG")) for _ in range(6)))
    assert (most, len({picture.digest for picture in pictures})) == (2, 1)


def test_without_a_loop() -> None:
    """The command line reads a picture without an event loop of its own."""
    assert read_picture_sync(file(scene(), "GIF"), LIMITS).source_format == "GIF"
