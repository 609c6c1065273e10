"""Whether this user may use all that lies in a data directory."""

import os
from collections.abc import Iterator
from pathlib import Path


def find_foreign(data_dir: Path) -> Path | None:
    """The first of all files and folders there that this user may not read and write, if any.

    Such are left by a start as another user, as with sudo. What vanishes meanwhile is left out.
    """
    return next(filter(_is_foreign, _all(data_dir)), None)


def _all(data_dir: Path) -> Iterator[Path]:
    yield data_dir
    # Folders that are closed to this user are named by the folder above, and then passed by.
    for place, folders, files in os.walk(data_dir):
        yield from (Path(place, name) for name in (*folders, *files))


def _is_foreign(path: Path) -> bool:
    mode = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
    return not os.access(path, mode, effective_ids=True) and path.exists()
