"""One `atelier run` a data directory, on files that are its user's own."""

from pathlib import Path

import pytest

from cli.claim import claimed
from config.settings import SettingsError


def test_second_claim(tmp_path: Path) -> None:
    """A directory that is claimed is refused to a second, which is told what to do."""
    with (
        claimed(tmp_path),
        pytest.raises(SettingsError, match="Stop that one first"),
        claimed(tmp_path),
    ):
        pass


def test_file_of_another_user(data_of_two: Path) -> None:
    """Files that this user may not write are refused at the start, and named."""
    with pytest.raises(SettingsError, match=r"bot\.sqlite3.*chown"), claimed(data_of_two):
        pass
