"""The process that opens one picture: bytes on stdin, a line of JSON and a PNG on stdout.

It is started by `pictures.read`, as a script, by an isolated interpreter without site packages:
its one argument is a JSON object with `path` (where this package and Pillow lie), `limits` (the
fields of `Limits`) and `parent` (the process to die with).

The line holds either `error` (see `pictures.errors`) or `format`, `full_size` and `png_bytes`, the
length of the PNG that follows it: 8-bit RGB or RGBA without any metadata.
"""

import json
import math
import os
import signal
import sys
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pictures.limits import Limits

_DESCRIPTORS = 32
_SPARE_SECONDS = 2
"""The parent's clock comes first; this one is for a child that lost its parent."""


def main() -> None:
    """Read, decode, answer."""
    task: dict[str, Any] = json.loads(sys.argv[1])
    sys.path.extend(task["path"])
    from pictures.limits import Limits

    limits = Limits(**task["limits"])
    answer = _keep_stdout()
    die_with(task["parent"])
    header, png = _answer(limits)
    answer.write(json.dumps(header).encode() + b"\n")
    answer.write(png)
    answer.close()


def _answer(limits: "Limits") -> tuple[dict[str, Any], bytes]:
    from pictures.decode import decode
    from pictures.errors import PictureError, TooMuchMemory

    confine(limits.memory_mib, limits.seconds)
    try:
        decoded = decode(sys.stdin.buffer.read(), limits)
        png = _bare_png(decoded.image)
    except PictureError as error:
        return {"error": error.as_data()}, b""
    except MemoryError:
        return {"error": TooMuchMemory(limits.memory_mib).as_data()}, b""
    header = {
        "format": decoded.source_format,
        "full_size": decoded.full_size,
        "png_bytes": len(png),
    }
    return header, png


def _bare_png(image: Any) -> bytes:
    # Where a photo was taken, and all else that its file tells, ends here.
    image.info.clear()
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _keep_stdout() -> IO[bytes]:
    """Stdout for the answer alone: whatever a C library prints goes nowhere."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return answer


def confine(memory_mib: int, seconds: float) -> None:
    """Limit this process where the system can: memory, time, files; no core dump.

    Windows has none of these limits and macOS none on memory; there the parent's clock remains.
    """
    try:
        import resource
    except ImportError:
        return
    time_limit = math.ceil(seconds)
    for name, value in (
        ("RLIMIT_AS", memory_mib << 20),
        ("RLIMIT_CPU", time_limit),
        ("RLIMIT_NOFILE", _DESCRIPTORS),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            # Not known here, or already lower.
            continue
    signal.alarm(time_limit + _SPARE_SECONDS)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when the one that started it dies (Linux)."""
    if sys.platform != "linux":
        return
    import ctypes

    set_parent_death_signal = 1
    try:
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    except (AttributeError, OSError):
        return
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main()
