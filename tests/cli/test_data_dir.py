"""Which files of a data directory this user may not use."""

from pathlib import Path

from cli.data_dir import find_foreign


def test_all_ours(tmp_path: Path) -> None:
    """A directory of one's own has nothing foreign, a link that leads nowhere included."""
    (tmp_path / "nats").mkdir()
    (tmp_path / "nats" / "lock").touch()
    (tmp_path / "nats" / "gone").symlink_to(tmp_path / "nowhere")
    assert None is find_foreign(tmp_path)


def test_file_of_another_user(data_of_two: Path) -> None:
    """A file that this user may not write is found."""
    assert data_of_two / "bot.sqlite3" == find_foreign(data_of_two)


def test_closed_folder(data_of_two: Path) -> None:
    """A folder that this user may not enter is found, too."""
    (data_of_two / "bot.sqlite3").unlink()
    (data_of_two / "nats").mkdir(mode=0)
    assert data_of_two / "nats" == find_foreign(data_of_two)
