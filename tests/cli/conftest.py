"""What tests of several commands need."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_of_two() -> Iterator[Path]:
    """A data directory of this process's user with one file in it that they may not write."""
    mine, nobody = os.geteuid(), 65534
    # Not in tmp_path, whose folders only its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "bot.sqlite3").touch(0o444)
        if mine == 0:  # who may write everything
            os.seteuid(nobody)
        yield folder
        os.seteuid(mine)
