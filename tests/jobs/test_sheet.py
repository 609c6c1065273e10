"""What a sheet shows, and by which recipes."""

import pytest

from config import load_settings
from jobs.errors import NoSheet
from jobs.presets import Preset, Presets, load_presets
from jobs.request import Wish, make_recipe
from jobs.sheet import MOST_CELLS, in_common, on_a_sheet, sheet_cells
from samples import STYLES

SETTINGS = load_settings(bounds={"size": [256, 512], "steps": [100, 300]})
PRESETS = load_presets(SETTINGS.presets_file, STYLES)


def test_those_with_a_picture() -> None:
    """Presets that bring a picture are shown, in order; the classic ones bring none."""
    names = ["flow", "mosaic", "glass", "ink", "waves", "woodcut", "halftone", "pastel"]
    assert [preset.name for preset in on_a_sheet(PRESETS)] == names


def test_not_too_many() -> None:
    """Of very many presets the first are shown."""
    first = PRESETS.all[0]
    many = tuple(
        first.model_copy(update={"name": f"n{number}", "emoji": chr(0x1F400 + number)})
        for number in range(MOST_CELLS + 3)
    )
    assert on_a_sheet(Presets(many)) == many[:MOST_CELLS]


def test_nothing_to_show() -> None:
    """Without a preset that brings a picture there is no sheet."""
    bare = Preset(name="bare", emoji="🌀", title="Bare", line="None.")
    with pytest.raises(NoSheet):
        on_a_sheet(Presets((bare,)))


def test_a_cell_is_the_preset_but_small() -> None:
    """Size and steps are the sheet's, whatever members may ask for; the rest is the preset's."""
    preset = PRESETS.named("waves")
    [cell] = sheet_cells([preset], ["5" * 64], SETTINGS)
    usual = make_recipe(Wish(preset=preset, styles=["5" * 64], seed=cell.recipe.seed), SETTINGS)
    assert (cell.recipe.size, cell.recipe.steps) == (SETTINGS.sheet.size, SETTINGS.sheet.steps)
    same = {"size": usual.size, "scales": usual.scales}
    assert cell.recipe.model_copy(update=same) == usual


def test_in_common() -> None:
    """What stands for a sheet has its size and steps, and no preset's name."""
    presets = on_a_sheet(PRESETS)
    cells = sheet_cells(presets, ["5" * 64] * len(presets), SETTINGS)
    common = in_common([cell.recipe for cell in cells])
    assert (common.preset, common.size) == (None, SETTINGS.sheet.size)
