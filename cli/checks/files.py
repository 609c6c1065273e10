"""The data directory and the presets file."""

import shutil
import tempfile
from pathlib import Path

from cli.checks.finding import Finding, broken, fine, note
from cli.data_dir import find_foreign
from config.settings import Settings, SettingsError
from jobs.presets import load_presets
from samples import STYLES

_MIB = 1 << 20
_LEAST, _COMFORTABLE = 200 * _MIB, 2048 * _MIB
_ANOTHER = "or choose another place in ATELIER_DATA_DIR."


def check_data_dir(data_dir: Path) -> Finding:
    """Whether the data directory can be written, all of it, and its disk has room."""
    path = data_dir.absolute()
    there = next(place for place in (path, *path.parents) if place.exists())
    if not there.is_dir():
        return broken("data", f"{there} is a file, and no folder.", f"Move it away, {_ANOTHER}")
    try:
        free = shutil.disk_usage(there).free
        if free < _LEAST:
            todo = f"The disk is as good as full: make room, {_ANOTHER}"
            return broken("data", _room(path, free), todo)
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        todo = f"Give this user the right to write there, {_ANOTHER}"
        return broken("data", f"{path} cannot be written: {error.strerror}.", todo)
    if path.exists() and (foreign := find_foreign(path)):
        todo = f"Give them all of {path} (`chown -R`), {_ANOTHER}"
        return broken("data", f"This user may not read and write {foreign}.", todo)
    return _written(path, free)


def check_presets(settings: Settings) -> Finding:
    """Whether the presets can be read."""
    try:
        presets = load_presets(settings.presets_file, STYLES)
    except SettingsError as error:
        return broken("presets", str(error), "Mend that, or leave ATELIER_PRESETS empty.")
    return fine("presets", f"{len(presets.names)} of them in {settings.presets_file}")


def _written(path: Path, free: int) -> Finding:
    room = _room(path, free)
    if free < _COMFORTABLE:
        return note("data", room, "Pictures of a few days may need more; watch it.")
    return fine("data", room if path.exists() else f"{room} (made at the first start)")


def _room(path: Path, free: int) -> str:
    size = f"{free / 1024**3:.1f} GiB" if free >= 1024**3 else f"{free // _MIB} MiB"
    return f"{path}, {size} free"
