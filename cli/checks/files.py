"""The data directory and the presets file."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cli.checks.finding import Finding, broken, fine, note
from config.settings import Settings, SettingsError
from jobs.presets import load_presets
from samples import STYLES

_MIB = 1 << 20
_LEAST, _COMFORTABLE = 200 * _MIB, 2048 * _MIB


def check_files(settings: Settings) -> Iterator[Finding]:
    """Whether the data directory can be written and has room, and the presets can be read."""
    yield _data_dir(settings.data_dir)
    try:
        presets = load_presets(settings.presets_file, STYLES)
    except SettingsError as error:
        yield broken("presets", str(error), "Mend that, or leave ATELIER_PRESETS empty.")
    else:
        yield fine("presets", f"{len(presets.names)} of them in {settings.presets_file}")


def _data_dir(data_dir: Path) -> Finding:
    path = data_dir.absolute()
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        todo = "Give this user the right to write there, or choose another in ATELIER_DATA_DIR."
        return broken("data", f"{path} cannot be written: {error.strerror}.", todo)
    room = f"{path}, {free / 1024**3:.1f} GiB free"
    if free < _LEAST:
        return broken("data", room, "Make room, or choose another place in ATELIER_DATA_DIR.")
    if free < _COMFORTABLE:
        return note("data", room, "Pictures of a few days may need more; watch it.")
    return fine("data", room if path.exists() else f"{room} (made at the first start)")
