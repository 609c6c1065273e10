"""`atelier recipe`: prints what a picture says of itself."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from cli.main import main
from config import load_settings
from jobs.request import Wish, make_recipe
from pictures.encode import Format, encode

RECIPE = make_recipe(Wish(styles=["5" * 64], seed=3), load_settings())


def run(path: Path | str) -> Result:
    return CliRunner().invoke(main, ["recipe", str(path)])


def picture(path: Path, recipe_json: str, format_: Format = "png") -> Path:
    image = Image.new("RGB", (40, 30), "teal")
    encoded = encode(image, limit_bytes=None, recipe_json=recipe_json, prefer=format_)
    path.write_bytes(encoded.data)
    return path


@pytest.mark.parametrize("format_", ["png", "jpeg", "webp"])
def test_it_prints_the_recipe(tmp_path: Path, format_: Format) -> None:
    """The recipe comes out of every format as it went in, as JSON."""
    path = picture(tmp_path / "a", RECIPE.model_dump_json(), format_)
    assert RECIPE.model_dump(mode="json") == json.loads(run(path).stdout)


def test_it_prints_for_people(tmp_path: Path) -> None:
    """A line holds one value."""
    path = picture(tmp_path / "a", RECIPE.model_dump_json())
    assert '  "seed": 3,' in run(path).stdout.splitlines()


@pytest.mark.parametrize(
    ("recipe_json", "sentence"),
    [("{}", "not one that this version"), ("no json", "not one that this version")],
)
def test_a_recipe_of_another_kind(tmp_path: Path, recipe_json: str, sentence: str) -> None:
    """What is no recipe of ours is refused in one sentence."""
    result = run(picture(tmp_path / "a", recipe_json))
    assert (2, "", True) == (result.exit_code, result.stdout, sentence in result.stderr)


def test_a_picture_without_a_recipe(tmp_path: Path) -> None:
    """A photo has none, which is told in one sentence."""
    path = tmp_path / "photo.png"
    Image.new("RGB", (20, 20)).save(path)
    result = run(path)
    assert (2, 1, True) == (
        result.exit_code,
        result.stderr.count("\n"),
        result.stderr.startswith(f"There is no recipe in {path}."),
    )


@pytest.mark.parametrize(
    ("name", "sentence"), [("nope", "There is no file"), (".", "is not a file")]
)
def test_not_a_file(tmp_path: Path, name: str, sentence: str) -> None:
    """A name without a file behind it is refused in one sentence."""
    result = run(tmp_path / name)
    assert (2, True, 1) == (
        result.exit_code,
        sentence in result.stderr,
        result.stderr.count("\n"),
    )
