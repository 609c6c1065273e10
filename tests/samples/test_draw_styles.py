"""The drawings are the same each time, and the pictures in the repository are worth painting in."""

from collections.abc import Mapping
from itertools import combinations, pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from samples import PHOTOS, STYLES
from samples.draw_styles import DRAWINGS, draw, main

SMALL = 64
NAMES = ("flow", "mosaic", "ink", "halftone", "woodcut", "glass", "waves", "pastel")
PICTURES = sorted(STYLES.glob("*.jpg"))
PHOTOGRAPHS = sorted(PHOTOS.iterdir())


def gram(picture: Image.Image) -> NDArray[np.float32]:
    """Products of colours and of edges at three scales, averaged over the picture: its texture."""
    layers = [
        np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255
        for radius in (0, 1, 4)
    ]
    coarser = [*layers[1:], layers[-1].mean((0, 1))]
    features = []
    for layer, base in zip(layers, coarser, strict=True):
        band = layer - base
        down, across = np.gradient(band.mean(-1))
        edges = np.abs(np.stack([across, down, across + down, across - down], -1))
        features += [np.maximum(band, 0), np.maximum(-band, 0), edges]
    flat = np.concatenate(features, -1).reshape(-1, 30)  # (H*W, 3 scales of 3 + 3 + 4)
    return np.asarray(flat.T @ flat / len(flat), np.float32)


def form(path: Path) -> tuple[str | None, tuple[int, int]]:
    """A picture file's format and size."""
    with Image.open(path) as picture:
        return picture.format, picture.size


def distance(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Squared difference of two Gram matrices, relative to their sizes."""
    size = np.linalg.norm(first) * np.linalg.norm(second)
    return float(((first - second) ** 2).sum() / size)


@pytest.fixture(scope="module")
def halves() -> Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Texture of each committed style's left and right half, at 320 px."""
    found = {}
    for path in PICTURES:
        with Image.open(path) as picture:
            small = picture.convert("RGB").reduce(2)
        middle, height = small.width // 2, small.height
        left = small.crop((0, 0, middle, height))
        right = small.crop((middle, 0, small.width, height))
        found[path.stem] = (gram(left), gram(right))
    return found


def test_names() -> None:
    """There are eight styles, under the names that the presets use."""
    assert NAMES == tuple(DRAWINGS)


@pytest.mark.parametrize("name", NAMES)
def test_same_each_time(name: str) -> None:
    """Drawing a style twice gives the same bytes."""
    assert draw(name, SMALL).tobytes() == draw(name, SMALL).tobytes()


def test_unknown_name() -> None:
    """A style that does not exist is refused."""
    with pytest.raises(KeyError, match="sepia"):
        draw("sepia", SMALL)


def test_main_writes_every_style(tmp_path: Path) -> None:
    """The command writes all eight in the size asked for, and makes the folder."""
    main(["--out", str(tmp_path / "new"), "--size", "32"])
    written = {path.name: form(path) for path in (tmp_path / "new").iterdir()}
    assert {f"{name}.jpg": ("JPEG", (32, 32)) for name in NAMES} == written


def test_size_too_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A size under which no brush fits ends with a sentence that names the least."""
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path / "new"), "--size", "0"])
    assert "--size must be 16 or more" in capsys.readouterr().err


def test_committed_pictures() -> None:
    """The repository holds a JPEG of 640 px for each style, and nothing else beside them."""
    expected = {f"{name}.jpg": ("JPEG", (640, 640)) for name in NAMES}
    assert expected == {path.name: form(path) for path in STYLES.iterdir()}


def test_committed_pictures_are_light() -> None:
    """All styles together weigh less than 3 MB, since every clone carries them."""
    assert sum(path.stat().st_size for path in PICTURES) < 3_000_000


@pytest.mark.parametrize("name", NAMES)
def test_texture_at_every_scale(name: str) -> None:
    """A style has contrast in every band from the finest grain to shapes of about 100 px."""
    with Image.open(STYLES / f"{name}.jpg") as picture:
        grey = picture.convert("L")
    radii = (0, 1, 2, 4, 8, 16, 32)
    layers = [np.asarray(grey.filter(ImageFilter.GaussianBlur(r)), np.float32) for r in radii]
    bands = [float((fine - coarse).std()) for fine, coarse in pairwise(layers)]
    assert [] == [band for band in bands if band < 5]


def test_palettes_differ() -> None:
    """No two styles share more than 70 % of their colours (histograms of 64 bins)."""
    histograms = {}
    for path in PICTURES:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3) // 64
        bins = pixels @ np.array([16, 4, 1])
        histograms[path.stem] = np.bincount(bins, minlength=64) / len(bins)
    alike = [
        (first, second)
        for first, second in combinations(NAMES, 2)
        if np.minimum(histograms[first], histograms[second]).sum() > 0.7
    ]
    assert [] == alike


def test_one_style_throughout(
    halves: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> None:
    """Both halves of a picture are nearer to each other than to any half of another style."""
    misplaced = [
        (name, other)
        for name, other in permutations(NAMES, 2)
        for mine in halves[name]
        for theirs in halves[other]
        if distance(mine, theirs) <= distance(*halves[name])
    ]
    assert [] == misplaced


@pytest.mark.parametrize("path", PHOTOGRAPHS, ids=lambda path: path.name)
def test_photographs_are_small_and_bare(path: Path) -> None:
    """A photograph has 640 px at most on its long side, and carries no EXIF."""
    with Image.open(path) as photo:
        assert (True, {}) == (max(photo.size) <= 640, dict(photo.getexif()))


def test_every_photograph_is_credited() -> None:
    """CREDITS.md names each photograph."""
    credits_text = (PHOTOS.parent / "CREDITS.md").read_text(encoding="utf-8")
    assert [] == [path.name for path in PHOTOGRAPHS if f"photos/{path.name}" not in credits_text]
