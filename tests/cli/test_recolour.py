"""`atelier recolour`: the picture that another strength would have given, without painting."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from cli.main import main
from config import load_settings
from jobs.recipe import Recipe
from jobs.request import Wish, make_recipe
from pictures.colour import keep_colours, reattach_alpha
from pictures.encode import encode
from pictures.metadata import read_recipe

ROOT = Path(__file__).parents[2]


def noise(size: tuple[int, int], seed: int, mode: str = "RGB") -> Image.Image:
    """A picture of any colours."""
    chance = np.random.default_rng(seed)
    return Image.fromarray(chance.integers(0, 256, (size[1], size[0], len(mode)), np.uint8))


def painted(photo: Image.Image, kept: float) -> bytes:
    """What the engine makes of a photo where `kept` of its colours are kept."""
    recipe = make_recipe(Wish(styles=["5" * 64], seed=3, keep_colours=kept), load_settings())
    raw = noise((60, 40), seed=1)
    image = reattach_alpha(keep_colours(raw, photo, kept), photo)
    return encode(image, limit_bytes=None, recipe_json=recipe.model_dump_json()).data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photo, a cut-out of it, and what was painted from each with no colours kept."""
    for name, mode in (("photo", "RGB"), ("cutout", "RGBA")):
        photo = noise((90, 60), seed=2, mode=mode)
        photo.save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}-painted.png").write_bytes(painted(photo, 0.0))
    (tmp_path / "out").mkdir()
    return tmp_path


def run(folder: Path, amount: str, name: str = "photo", out: str = "out/a.png") -> Result:
    files = [str(folder / f"{name}-painted.png"), "--photo", str(folder / f"{name}.png")]
    return CliRunner().invoke(
        main, ["recolour", *files, "--keep-colours", amount, "-o", str(folder / out)]
    )


@pytest.mark.parametrize("name", ["photo", "cutout"])
@pytest.mark.parametrize("amount", [0.0, 0.35, 1.0])
def test_it_is_what_would_have_been_painted(folder: Path, name: str, amount: float) -> None:
    """To the last byte of the file, recipe and transparency included."""
    result = run(folder, str(amount), name)
    assert 0 == result.exit_code, result.stderr
    with Image.open(folder / f"{name}.png") as photo:
        photo.load()
    assert painted(photo, amount) == (folder / "out/a.png").read_bytes()


def test_more_upon_more(folder: Path) -> None:
    """A painting that keeps 0.4 already comes as close to 0.7 as 8 bits allow."""
    with Image.open(folder / "photo.png") as photo:
        soft = photo.resize((6, 4)).resize((90, 60), Image.Resampling.BICUBIC)
    soft.save(folder / "photo.png")
    (folder / "photo-painted.png").write_bytes(painted(soft, 0.4))
    run(folder, "0.7")
    with Image.open(folder / "out/a.png") as found, Image.open(BytesIO(painted(soft, 0.7))) as want:
        off = np.abs(np.asarray(found).astype(int) - np.asarray(want).astype(int))
    inside = read_recipe((folder / "out/a.png").read_bytes())
    assert 0.7 == Recipe.model_validate_json(inside or "").keep_colours
    # Where sRGB could not show the colours once, they stay as pale as they were made.
    assert np.quantile(off, 0.9) <= 2


def test_a_painting_without_a_recipe(folder: Path) -> None:
    """It is taken as one that keeps no colours, and the result has no recipe either."""
    noise((60, 40), seed=1).save(folder / "photo-painted.png")
    assert 0 == run(folder, "0.5").exit_code
    with Image.open(folder / "photo.png") as photo:
        expected = keep_colours(noise((60, 40), seed=1), photo, 0.5).tobytes()
    data = (folder / "out/a.png").read_bytes()
    with Image.open(folder / "out/a.png") as found:
        assert (expected, None) == (found.tobytes(), read_recipe(data))


@pytest.mark.parametrize(
    ("amount", "out", "sentence"),
    [
        ("1.5", "out/a.png", "keep_colours is 1.5; choose a number from 0 to 1"),
        ("nan", "out/a.png", "choose a number from 0 to 1"),
        ("0.2", "out/a.png", "keeps 0.4 of the photo's colours, and fewer cannot be had"),
        ("0.5", "out/a.gif", "does not end in .png"),
        ("0.5", "photo.png", "is one of the inputs"),
    ],
)
def test_refused(folder: Path, amount: str, out: str, sentence: str) -> None:
    """One sentence on stderr, status 2, nothing written."""
    with Image.open(folder / "photo.png") as photo:
        (folder / "photo-painted.png").write_bytes(painted(photo, 0.4))
    result = run(folder, amount, out=out)
    found = (result.exit_code, sentence in result.stderr, result.stderr.count("\n"))
    assert ((2, True, 1), []) == (found, list((folder / "out").iterdir())), result.stderr


def test_another_photo(folder: Path) -> None:
    """A photo of another shape is not the one that was painted."""
    noise((60, 60), seed=2).save(folder / "photo.png")
    assert "another shape than" in run(folder, "0.5").stderr


def test_a_painting_is_never_made_smaller(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is larger than pictures are kept here is refused, with the setting's name."""
    monkeypatch.setenv("ATELIER_PICTURES__KEEP_SIDE", "128")
    noise((150, 100), seed=1).save(folder / "photo-painted.png")
    assert "ATELIER_PICTURES__KEEP_SIDE" in run(folder, "0.5").stderr


def test_a_recipe_that_cannot_be_read(folder: Path) -> None:
    """How much was kept is not known then, so nothing is guessed."""
    image = noise((60, 40), seed=1)
    data = encode(image, limit_bytes=None, recipe_json='{"future": 1}').data
    (folder / "photo-painted.png").write_bytes(data)
    assert "not one that this version" in run(folder, "0.5").stderr


def test_it_needs_no_torch(folder: Path) -> None:
    """No engine is asked, so a host without one can do it."""
    code = (
        "import sys\nfrom cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print('torch' in sys.modules)"
    )
    files = [str(folder / "photo-painted.png"), "--photo", str(folder / "photo.png")]
    arguments = ["recolour", *files, "--keep-colours", "1", "-o", str(folder / "out/a.png")]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert (0, f"{folder / 'out/a.png'}\nFalse\n") == (done.returncode, done.stdout)
