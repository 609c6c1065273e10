"""One painting: what is painted, what differs from what was asked, and what a shortage does."""

import itertools
import json
import time
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from engine.backbones import Backbone
from engine.errors import Diverged, OutOfMemory
from engine.nst.classic import ClassicTransfer
from engine.nst.transfer import Frame, Transfer
from engine.painted import Painted
from engine.painting import Painting
from engine.sources import Pictures
from jobs.recipe import Recipe, Scale, Style
from pictures.encode import Encoded
from pictures.errors import (
    EmptyMask,
    NothingLeft,
    PictureError,
    UnreadableImage,
    WrongShape,
)
from pictures.metadata import read_recipe

from .conftest import RecipeOf, picture
from .making import PAINTING, PICTURES, SETTINGS, classic_recipe, png


def paint(painting: Painting) -> Painted:
    while not painting.done:
        painting.step()
    return painting.finish()


def short_of_memory(monkeypatch: pytest.MonkeyPatch, sizes: range) -> None:
    """Let steps at these sizes fail as an allocator does."""
    step = Transfer.step

    def failing(self: Transfer, most: int = 1) -> Frame:
        if self.recipe.size in sizes:
            raise MemoryError
        return step(self)

    monkeypatch.setattr(Transfer, "step", failing)


def test_the_first_frame_is_step_nothing(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Preparing counts as step 0, and then each call makes one."""
    painting = Painting(recipe_of(), PICTURES, random_backbone, SETTINGS)
    assert [0, 1, 2, 3] == [painting.step().step for _ in range(4)]


def test_the_canvas(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The painting has the recipe's size and the photo's aspect."""
    painted = paint(Painting(recipe_of(size=64), PICTURES, random_backbone, SETTINGS))
    assert ((64, 48), "RGB") == (painted.image.size, painted.image.mode)


def test_a_painting_as_asked_has_no_note(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Where nothing differs, nothing is said, and the recipe is the one that was asked for."""
    recipe = recipe_of()
    painted = paint(Painting(recipe, PICTURES, random_backbone, SETTINGS))
    assert ("", recipe) == (painted.note, painted.recipe)


def test_the_file_carries_the_recipe(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The encoded painting has the recipe as painted inside."""
    painted = paint(Painting(recipe_of(), PICTURES, random_backbone, SETTINGS))
    inside = read_recipe(painted.encode(None).data)
    assert painted.recipe == Recipe.model_validate_json(inside or "")


def test_the_stand_in_is_told(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A painting by another network says so, and its recipe is that network's."""
    painting = Painting(recipe_of("vgg16"), PICTURES, random_backbone, SETTINGS)
    painted = paint(painting)
    expected = (
        "squeezenet1_0",
        "The weights of vgg16 are not on this machine, so squeezenet1_0 painted this in its place.",
    )
    assert expected == (painted.recipe.backbone, painted.note)


def test_colours_are_kept(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """With all colours kept, a grey photo gives a grey painting of a colourful style."""
    grey = Pictures(png(picture(64, 48).convert("L").convert("RGB")), (PAINTING,))
    recipe = recipe_of(keep_colours=1.0, scales=(Scale(fraction=1, steps=8),))
    painted = paint(Painting(recipe, grey, random_backbone, SETTINGS))
    data = painted.image.tobytes()
    pixels = itertools.zip_longest(*[iter(data)] * 3)
    assert max(max(pixel) - min(pixel) for pixel in pixels) <= 2


def test_transparency_comes_back(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The photo's alpha is the painting's, at the painting's size."""
    photo = picture(64, 48).convert("RGBA")
    photo.paste((0, 0, 0, 0), (0, 0, 32, 48))
    painting = Painting(recipe_of(), Pictures(png(photo), (PAINTING,)), random_backbone, SETTINGS)
    alpha = paint(painting).image.getchannel("A")
    assert [0, 255] == [alpha.getpixel((x, 12)) for x in (2, 29)]


def test_it_starts_from_a_picture(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """With init = picture and no step to speak of, the painting is still that picture."""
    black = png(Image.new("RGB", (64, 48)))
    recipe = recipe_of(init="picture", init_digest="1" * 64, learning_rate=1e-6)
    pictures = Pictures(PICTURES.content, PICTURES.styles, black)
    painted = paint(Painting(recipe, pictures, random_backbone, SETTINGS))
    assert max(painted.image.tobytes()) <= 1


def test_a_shortage_halves_the_size(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit is painted at half the size, and the note says so."""
    short_of_memory(monkeypatch, range(100, 1000))
    painted = paint(Painting(recipe_of(size=160), PICTURES, random_backbone, SETTINGS))
    note = "There was not enough memory for 160 px, so this is 80 px."
    assert (80, (80, 60), note) == (painted.recipe.size, painted.image.size, painted.note)


def test_a_shortage_halves_the_size_once(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where half the size does not fit either, that is the end."""
    short_of_memory(monkeypatch, range(1, 1000))
    painting = Painting(recipe_of(size=400), PICTURES, random_backbone, SETTINGS)
    painting.step()
    painting.step()
    assert 200 == painting.recipe.size
    with pytest.raises(OutOfMemory):
        painting.step()


def test_a_small_painting_is_not_made_smaller(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets a picture below the smallest size that may be asked for."""
    short_of_memory(monkeypatch, range(1, 1000))
    painting = Painting(recipe_of(size=100), PICTURES, random_backbone, SETTINGS)
    painting.step()
    with pytest.raises(OutOfMemory):
        painting.step()


def test_weights_beyond_all_numbers(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A recipe whose losses are infinite ends with a sentence, not with a black picture."""
    painting = Painting(recipe_of(tv_weight=1e300), PICTURES, random_backbone, SETTINGS)
    with pytest.raises(Diverged, match="Give smaller ones"):
        painting.step()


def test_a_file_that_is_none_of_ours(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Bytes that `pictures.read` did not make are refused."""
    painting = Painting(recipe_of(), Pictures(b"x", (PAINTING,)), random_backbone, SETTINGS)
    with pytest.raises(UnreadableImage):
        painting.step()


def opened(encoded: Encoded) -> Image.Image:
    return Image.open(BytesIO(encoded.data))


def test_the_frame_so_far_has_the_whole_size(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Stopped at a coarse scale, a painting is given at the size that was asked for."""
    scales = (Scale(fraction=0.5, steps=5), Scale(fraction=1, steps=5))
    painting = Painting(recipe_of(size=64, scales=scales), PICTURES, random_backbone, SETTINGS)
    painting.step()
    painting.step()
    assert (64, 48) == opened(painting.unfinished()(1 << 20)).size


def test_a_preview_is_small(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A preview is a JPEG within the side that the settings name."""
    settings = SETTINGS.model_copy(
        update={"engine": SETTINGS.engine.model_copy(update={"preview_side": 64})}
    )
    painting = Painting(recipe_of(size=128), PICTURES, random_backbone, settings)
    painting.step()
    image = Image.open(BytesIO(painting.preview()()))
    assert ("JPEG", (64, 48)) == (image.format, image.size)


def test_paintings_meet_by_network_and_canvas(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Not before they have begun, then at each scale's canvas, and not once they are done."""
    scales = (Scale(fraction=0.5, steps=1), Scale(fraction=1, steps=1))
    painting = Painting(recipe_of(size=64, scales=scales), PICTURES, random_backbone, SETTINGS)
    met = [painting.meets]
    while not painting.done:
        painting.step()
        met.append(painting.meets)
    small, large = (("squeezenet1_0", canvas, 0, None) for canvas in ((32, 24), (64, 48)))
    assert [None, small, large, None] == met


def test_a_classic_painting_meets_nobody(random_classic: Backbone) -> None:
    """Its losses are another kind."""
    painting = Painting(classic_recipe(), PICTURES, random_classic, SETTINGS)
    painting.step()
    assert None is painting.meets


def test_it_knows_what_it_holds(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Nothing at first; then at least ten pairs of L-BFGS, each two times the pyramid's pixels."""
    painting = Painting(recipe_of(size=64), PICTURES, random_backbone, SETTINGS)
    before = painting.nbytes
    painting.step()
    assert (0, True) == (before, painting.nbytes > 20 * 64 * 48 * 3 * 4)


def test_the_seconds_are_those_of_the_painting(
    random_backbone: Backbone, recipe_of: RecipeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seconds run from the first step to the finish."""
    clock = itertools.count(100.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    painted = paint(Painting(recipe_of(), PICTURES, random_backbone, SETTINGS))
    ticks = next(clock) - 100
    # Every look at the clock is a second: the last one is that of `finish`.
    assert ticks - 1 == painted.seconds


def test_the_recipe_is_json(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A recipe that was adapted is still written as JSON that other programs read."""
    painted = paint(Painting(recipe_of("vgg16"), PICTURES, random_backbone, SETTINGS))
    inside = json.loads(read_recipe(painted.encode(None, "webp").data) or "")
    assert "squeezenet1_0" == inside["backbone"]


def test_a_classic_painting(random_classic: Backbone) -> None:
    """200 steps after the first frame, the photo's shorter side at its size, nothing to note."""
    recipe = classic_recipe()
    painting = Painting(recipe, PICTURES, random_classic, SETTINGS)
    steps = []
    while not painting.done:
        steps.append(painting.step().step)
    painted = painting.finish()
    expected = (list(range(201)), (42, 32), "", recipe)
    assert expected == (steps, painted.image.size, painted.note, painted.recipe)


def test_a_classic_file_carries_its_recipe(random_classic: Backbone) -> None:
    """Stopped in the midst, the frame so far has all that decides it inside."""
    recipe = classic_recipe()
    painting = Painting(recipe, PICTURES, random_classic, SETTINGS)
    painting.step()
    painting.step()
    encoded = painting.unfinished()(1 << 20)
    inside = Recipe.model_validate_json(read_recipe(encoded.data) or "")
    assert ((42, 32), recipe) == (opened(encoded).size, inside)


def test_a_shortage_makes_no_classic_painting_smaller(
    random_classic: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At another size it would be another picture than the assignment's."""

    def failing(self: ClassicTransfer, most: int = 1) -> Frame:
        raise MemoryError

    monkeypatch.setattr(ClassicTransfer, "step", failing)
    recipe = classic_recipe().model_copy(update={"size": 192})
    painting = Painting(recipe, PICTURES, random_classic, SETTINGS)
    painting.step()
    with pytest.raises(OutOfMemory):
        painting.step()


def halves(size: tuple[int, int] = (64, 48), left: str = "white", right: str = "black") -> bytes:
    """A mask of two halves, as it lies in the store."""
    mask = Image.new("RGB", size, right)
    mask.paste(Image.new("RGB", (size[0] // 2, size[1]), left))
    return png(mask)


def test_a_style_stays_in_its_region(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """The right half, which has no style, is the photo itself."""
    recipe = recipe_of(
        size=96,
        scales=(Scale(fraction=1, steps=10),),
        styles=(Style(digest="5" * 64, mask="a" * 64),),
    )
    pictures = Pictures(PICTURES.content, PICTURES.styles, masks=(halves(),))
    painted = paint(Painting(recipe, pictures, random_backbone, SETTINGS))
    with Image.open(BytesIO(PICTURES.content)) as photo:
        changed = ImageChops.difference(photo, painted.image)
    left, right = (
        max(ImageStat.Stat(changed.crop(box)).mean) for box in ((0, 0, 46, 72), (50, 0, 96, 72))
    )
    assert (True, 0.0) == (left > 5, right)


@pytest.mark.parametrize(
    ("masks", "error"),
    [
        ((halves((48, 64)),), WrongShape),
        ((halves(left="black"),), EmptyMask),
        ((halves(right="white"),), NothingLeft),
    ],
)
def test_masks_that_are_none(
    random_backbone: Backbone,
    recipe_of: RecipeOf,
    masks: tuple[bytes, ...],
    error: type[PictureError],
) -> None:
    """They are refused before the first step, each with its own sentence."""
    styles = (Style(digest="5" * 64, mask="a" * 64), Style(digest="6" * 64))
    pictures = Pictures(PICTURES.content, (PAINTING, PAINTING), masks=masks)
    with pytest.raises(error):
        Painting(recipe_of(styles=styles), pictures, random_backbone, SETTINGS).step()


def test_masks_are_opened_too(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """Their pixels count among those that take time to open."""
    pictures = [Pictures(PICTURES.content, PICTURES.styles, masks=m) for m in ((), (halves(),))]
    assert pytest.approx(64 * 48 / 1e6) == pictures[1].megapixels - pictures[0].megapixels


def test_the_rest_has_a_style(random_backbone: Backbone, recipe_of: RecipeOf) -> None:
    """A style without a mask paints what the other's mask leaves, and nothing is the photo."""
    styles = (Style(digest="5" * 64, mask="a" * 64), Style(digest="6" * 64))
    recipe = recipe_of(size=96, scales=(Scale(fraction=1, steps=10),), styles=styles)
    pictures = Pictures(PICTURES.content, (PAINTING, PAINTING), masks=(halves(),))
    painted = paint(Painting(recipe, pictures, random_backbone, SETTINGS))
    with Image.open(BytesIO(PICTURES.content)) as photo:
        changed = ImageChops.difference(photo, painted.image)
    assert min(ImageStat.Stat(changed.crop((50, 0, 96, 72))).mean) > 5


def test_losses_are_those_of_the_picture_with_the_photo_around(
    random_backbone: Backbone, recipe_of: RecipeOf
) -> None:
    """Painted and then measured: what is delivered, begun with again, has the same losses."""
    changes = {"size": 96, "styles": (Style(digest="5" * 64, mask="a" * 64),)}
    pictures = Pictures(PICTURES.content, PICTURES.styles, masks=(halves(),))
    painted = paint(Painting(recipe_of(**changes), pictures, random_backbone, SETTINGS))
    again = Painting(
        recipe_of(**changes, init="picture", init_digest="1" * 64),
        replace(pictures, init=png(painted.image)),
        random_backbone,
        SETTINGS,
    )
    begun = again.step().losses.model_dump()
    assert pytest.approx(painted.losses.model_dump(), rel=1e-5) == begun
