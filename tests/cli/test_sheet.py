"""`atelier sheet`: a photo in every preset on one picture."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from cli.main import main
from pictures.metadata import read_recipe
from samples import PHOTOS


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two presets with small pictures, and no download."""
    for name, value in {
        "SHEET__SIZE": "64",
        "SHEET__STEPS": "2",
        "ENGINE__BACKBONE": "vgg19_original",
        "ENGINE__DOWNLOAD": "never",
        "ENGINE__THREADS": "1",
    }.items():
        monkeypatch.setenv(f"ATELIER_{name}", value)
    monkeypatch.setenv("TORCH_HOME", os.devnull)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small photo."""
    with Image.open(PHOTOS / "cat.jpg") as image:
        image.resize((90, 60)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def presets_file(folder: Path, *, with_pictures: bool) -> str:
    """A presets file with two presets."""
    picture = 'picture = "flow.jpg"' if with_pictures else ""
    tables = (
        f'[{name}]\nemoji = "{emoji}"\ntitle = "{name}"\nline = "A line."\n{picture}\n'
        for name, emoji in (("one", "🌀"), ("two", "🧩"))
    )
    (folder / "presets.toml").write_text("\n".join(tables), encoding="utf-8")
    return str(folder / "presets.toml")


def run(photo: Path, out: Path) -> Result:
    return CliRunner().invoke(main, ["sheet", str(photo), "-o", str(out)])


def test_a_sheet(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file with the photo and both presets, and no recipe in it."""
    monkeypatch.setenv("ATELIER_PRESETS", presets_file(tmp_path, with_pictures=True))
    result = run(photo, out := tmp_path / "out.png")
    assert (result.exit_code, result.stdout.strip()) == (0, str(out))
    with Image.open(out) as sheet:
        assert sheet.size == (96 + 2 * 8, 3 * (43 + 22 + 8) + 8)
    assert read_recipe(out.read_bytes()) is None


def test_nothing_to_show(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Presets without pictures make no sheet, and a sentence says so."""
    monkeypatch.setenv("ATELIER_PRESETS", presets_file(tmp_path, with_pictures=False))
    result = run(photo, tmp_path / "out.png")
    assert result.exit_code == 2
    assert result.stderr.startswith("No preset here brings a picture of its own")
