"""The presets file, ours and anybody's."""

from pathlib import Path

import pytest

from config import SettingsError, load_settings
from jobs.errors import UnknownPreset
from jobs.layers import LAYERS
from jobs.presets import Preset, load_presets
from jobs.request import Wish, make_recipe
from samples import STYLES

SETTINGS = load_settings()
CLASSIC = """[a]
emoji = '🌊'
title = 'A'
line = 'l'
[a.classic]
content_side = 192
style_side = 192
content_layer = 'fire2'
content_weight = 1
tv_weight = 1"""
OURS = load_presets(SETTINGS.presets_file, STYLES)


def test_at_least_eight() -> None:
    """There are eight presets or more, each with a picture of its own."""
    pictures = {preset.picture for preset in OURS.all if preset.picture}
    assert len(pictures) >= 8


@pytest.mark.parametrize(
    "preset", [one for one in OURS.all if not one.classic], ids=lambda preset: preset.name
)
@pytest.mark.parametrize("backbone", list(LAYERS))
def test_every_preset_is_a_recipe(preset: Preset, backbone: str) -> None:
    """Each preset but the classic ones makes a valid recipe for each backbone."""
    wish = Wish(preset=preset, backbone=backbone, styles=("0" * 64,))
    assert make_recipe(wish, SETTINGS).preset == preset.name


def test_recipes_differ() -> None:
    """No two presets are the same recipe, since a reaction keeps the member's own style."""
    recipes = {preset.model_dump_json(include={"recipe", "classic"}) for preset in OURS.all}
    assert len(recipes) == len(OURS.all)


@pytest.mark.parametrize("name", ["waves", "Waves", " WAVES "])
def test_by_name(name: str) -> None:
    """A preset is found by its name or title, in any case."""
    assert OURS.named(name).emoji == "🌊"


def test_unknown_name() -> None:
    """An unknown preset's sentence lists all of them."""
    with pytest.raises(UnknownPreset, match=r"flow.*pastel"):
        OURS.named("cubism")


def test_by_emoji() -> None:
    """A variation selector more or less makes no other emoji."""
    found = [OURS.with_emoji(text) for text in ("🖋️", "🖋", "🍕")]
    assert [preset and preset.name for preset in found] == ["ink", "ink", None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a", "cannot be read"),
        ("a = 1", "not a table"),
        ("[a]\nemoji = '🌊'", "title"),
        ("[a]\nemoji='🌊'\ntitle='A'\nline='l'\nrecipe={strength=-1}", "strength"),
        ("[a]\nemoji='🌊'\ntitle='A'\nline='l'\nrecipe={layers={conv=1}}", "no layer conv"),
        ("[a]\nemoji='🌊'\ntitle='A'\nline='l'\npicture='nope.png'", "no such picture"),
        (f"{CLASSIC}\nstyle_layers={{conv=1}}", "squeezenet1_1 has no layer conv"),
        (f"{CLASSIC}\nstyle_layers={{relu1=0}}", "a weight above 0"),
        (f"{CLASSIC}\nstyle_layers={{relu1=1}}\n[a.recipe]\ntv=2", "either recipe or classic"),
        (
            "[a]\nemoji='🌊'\ntitle='A'\nline='l'\n[b]\nemoji='🌊'\ntitle='B'\nline='l'",
            "same emoji",
        ),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, words: str) -> None:
    """A wrong presets file ends the start with a sentence that says where."""
    file = tmp_path / "presets.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        load_presets(file, STYLES)
