"""Sheets: each cell's picture is the one that it would be alone, and a bad cell is left out."""

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.backbones import Backbone
from engine.engine import Engine
from engine.errors import Diverged, OutOfMemory
from engine.estimates import Speed
from engine.nst.captured import Captures
from engine.outcomes import Broken, Completed, Stepped
from engine.painted import Painted
from engine.painting import Painting
from engine.sheet import Sheet
from engine.sources import Pictures
from jobs.job import Cell, JobClass, StyleJob
from jobs.recipe import LayerWeight, Style
from pictures.metadata import read_recipe

from .conftest import RecipeOf, picture
from .making import PHOTO, PICTURES, SETTINGS, engine_of, job_of, png

SIZE = 48
STYLES = tuple(png(picture(50, 50, seed=number)) for number in (5, 6, 7))
ALL = Pictures(PHOTO, STYLES)


def cells_of(recipe_of: RecipeOf) -> tuple[Cell, ...]:
    """Three cells that differ in style, strength and layers."""
    differing = (
        {"strength": 0.5},
        {"style_layers": (LayerWeight(layer="fire2", weight=1.0),)},
        {"keep_colours": 0.5},
    )
    return tuple(
        Cell(
            title=f"Preset {number}",
            recipe=recipe_of(size=SIZE, styles=(Style(digest=f"{number}" * 64),), **changes),
        )
        for number, changes in enumerate(differing)
    )


def sheet_job(cells: tuple[Cell, ...]) -> StyleJob:
    """The job of a sheet of these cells."""
    return job_of(
        cells[0].recipe, job_class=JobClass.SHEET, cells=cells, canvas=(SIZE, SIZE * 3 // 4)
    )


def sheet_of(
    cells: tuple[Cell, ...],
    backbone: Backbone,
    pictures: Pictures = ALL,
    captures: Captures | None = None,
) -> tuple[Sheet, Painted]:
    """A sheet, painted to its end, two steps at a time where they are captured."""
    sheet = Sheet(cells, pictures, backbone, SETTINGS, captures=captures)
    while not sheet.done:
        sheet.step(2 if captures else 1)
    return sheet, sheet.finish()


def pixels(image: Image.Image) -> NDArray[np.float64]:
    """Colours from 0 to 255."""
    return np.asarray(image.convert("RGB"), np.float64)


def alone(cell: Cell, style: bytes, backbone: Backbone) -> Painted:
    """A cell's picture, painted by itself."""
    painting = Painting(cell.recipe, Pictures(PHOTO, (style,)), backbone, SETTINGS)
    painting.step()
    while not painting.done:
        painting.step()
    return painting.finish()


@pytest.mark.parametrize("captured", [False, True])
def test_a_cell_is_what_it_is_alone(
    random_backbone: Backbone,
    recipe_of: RecipeOf,
    monkeypatch: pytest.MonkeyPatch,
    captured: bool,
) -> None:
    """Painted in company, each picture on the sheet is the one that its recipe paints alone."""
    found: list[Image.Image] = []
    monkeypatch.setattr(
        "engine.sheet.contact_sheet",
        lambda labelled: found.extend(each.picture for each in labelled) or found[0],
    )
    cells = cells_of(recipe_of)
    sheet_of(cells, random_backbone, captures=Captures() if captured else None)
    for cell, style, shown in zip(cells, STYLES, found[1:], strict=True):
        difference = np.abs(pixels(shown) - pixels(alone(cell, style, random_backbone).image))
        assert difference.max() <= 1


def test_the_file_has_no_recipe(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """No one recipe paints a sheet, so none is in its file."""
    _, painted = sheet_of(cells_of(recipe_of), random_backbone)
    encoded = painted.encode(None)
    assert read_recipe(encoded.data) is None
    assert Image.open(BytesIO(encoded.data)).size == painted.image.size


def test_a_bad_preset_is_left_out(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The others are on the sheet, and the note names the one that is not."""
    bad = Pictures(PHOTO, (STYLES[0], b"no picture", STYLES[2]))
    sheet, painted = sheet_of(cells_of(recipe_of), random_backbone, bad)
    assert painted.note == "Preset 1 could not be painted this time."
    assert len(sheet.recipes) == 2


def test_one_that_fails_at_its_end(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture whose last look fails is left out, too."""
    finish, ended = Painting.finish, list[Painting]()

    def failing(painting: Painting) -> Painted:
        ended.append(painting)
        if len(ended) == 2:
            raise Diverged
        return finish(painting)

    monkeypatch.setattr(Painting, "finish", failing)
    sheet, painted = sheet_of(cells_of(recipe_of), random_backbone)
    assert painted.note == "Preset 1 could not be painted this time."
    assert len(sheet.recipes) == 2


def test_before_anything_is_begun(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A sheet whose first preset failed, and that has no other yet, shows the photo."""
    bad = Pictures(PHOTO, (b"no picture", *STYLES[1:]))
    sheet = Sheet(cells_of(recipe_of), bad, random_backbone, SETTINGS)
    sheet.step()
    assert Image.open(BytesIO(sheet.preview()())).size == (SIZE * 2 + 16, 36 + 22 + 16)


def test_a_note_is_said_once(random_classic: Backbone, recipe_of: RecipeOf) -> None:
    """What holds for all pictures, such as another network or a smaller size, is one note."""
    sheet = Sheet(cells_of(recipe_of), ALL, random_classic, SETTINGS)
    sheet.shrink(32)
    while not sheet.done:
        sheet.step()
    painted = sheet.finish()
    assert painted.note.count("so squeezenet1_1 painted this in its place.") == 1
    assert painted.note.count("so this is 32 px.") == 1
    assert (painted.recipe.backbone, painted.recipe.size) == ("squeezenet1_1", 32)


def test_a_bad_photo_is_the_end(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Where no cell can be painted the job breaks."""
    engine = engine_of(random_backbone)
    engine.add(sheet_job(cells_of(recipe_of)), Pictures(b"no picture", STYLES))
    assert [type(event) for event in _run(engine)][-1] is Broken


def test_a_sheet_is_one_job(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Its cells are prepared one a turn, then make their three steps together."""
    engine, job = engine_of(random_backbone), sheet_job(cells_of(recipe_of))
    engine.add(job, ALL)
    events = _run(engine)
    steps = [event.frame.step for event in events if isinstance(event, Stepped)]
    assert steps == [0, 0, 0, 1, 2, 3]
    assert isinstance(events[-1], Completed)


def test_a_picture_goes_between(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A picture that is painted beside a sheet of many cells is done before it."""
    engine = engine_of(random_backbone, clock=_Ticks())
    sheet, picture = sheet_job(cells_of(recipe_of)), job_of(recipe_of())
    engine.add(sheet, ALL)
    engine.add(picture, PICTURES)
    ends = [event.job for event in _run(engine) if isinstance(event, Completed)]
    assert ends == [picture.id, sheet.id]


def test_an_estimate(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A sheet of three takes more than three of its pictures and less than six."""
    engine = engine_of(random_backbone)
    engine.estimates.expect("squeezenet1_0", Speed(0.0, 1.0, 0.4))
    cells = cells_of(recipe_of)
    single = engine.add(job_of(cells[0].recipe, canvas=(SIZE, SIZE * 3 // 4)), ALL)
    assert single is not None
    whole = engine_of(random_backbone)
    whole.estimates.expect("squeezenet1_0", Speed(0.0, 1.0, 0.4))
    seconds = whole.add(sheet_job(cells), ALL)
    assert seconds is not None
    assert 3 * single < seconds < 6 * single


def test_a_sheet_teaches_nothing_of_pictures(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """What the steps of a sheet take leaves the estimates of pictures of every size alone."""
    engine = engine_of(random_backbone)
    engine.estimates.expect("squeezenet1_0", known := Speed(0.0, 1.0, 0.4))
    engine.add(sheet_job(cells_of(recipe_of)), ALL)
    _run(engine)
    sizes = (2.0**power / 1e6 for power in range(8, 20))
    assert {engine.estimates.speed("squeezenet1_0", size) for size in sizes} == {known}


def test_no_memory(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A sheet for which there is no room at any size is refused."""
    engine = engine_of(random_backbone, free_bytes=lambda: 1 << 16)
    with pytest.raises(OutOfMemory):
        engine.add(sheet_job(cells_of(recipe_of)), ALL)


def test_so_far(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A sheet that is stopped has the size of a finished one, and its preview is a JPEG."""
    cells = cells_of(recipe_of)
    sheet = Sheet(cells, ALL, random_backbone, SETTINGS)
    while not sheet.begun:
        sheet.step()
    shown = sheet.unfinished()(1 << 20)
    _, painted = sheet_of(cells, random_backbone)
    assert (shown.width, shown.height) == painted.image.size
    assert Image.open(BytesIO(sheet.preview()())).format == "JPEG"


class _Ticks:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        self.now += 1.0
        return self.now


def _run(engine: Engine) -> list[Stepped | Completed | Broken]:
    events = []
    while engine.busy:
        events += engine.step()
    return events
