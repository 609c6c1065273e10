"""One `atelier run` a data directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.data_dir import find_foreign
from config.settings import SettingsError
from jobs.server_exec import hold

_PATIENCE_SECONDS = 1.0
"""For a predecessor that is just ending."""


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Make `data_dir` this process's own while the context lasts; it is created where missing.

    The claim ends with the process, however that ends. Raises SettingsError where another process
    has it, or it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if foreign := find_foreign(data_dir):
            raise SettingsError(
                f"This user may not read and write {foreign}. Give them all of the data directory "
                f"(`chown -R`), or choose another in ATELIER_DATA_DIR."
            )
        lock = hold(str(data_dir / "run.lock"), _PATIENCE_SECONDS)
    except OSError as error:
        raise SettingsError(
            f"The data directory {data_dir} cannot be used: {error.strerror}. "
            "Mend that, or choose another in ATELIER_DATA_DIR."
        ) from error
    if lock is None:
        raise SettingsError(
            f"`atelier run` runs on the data directory {data_dir} already. "
            "Stop that one first, or choose another in ATELIER_DATA_DIR."
        )
    try:
        yield
    finally:
        os.close(lock)
