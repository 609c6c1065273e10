"""`atelier stylize`: paints with real weights, and says in one sentence what cannot be had."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from safetensors.torch import save_file

from cli.main import main
from cli.stylize import stylize
from config.settings import PRESETS
from jobs.recipe import Recipe
from pictures.metadata import read_recipe
from samples import PHOTOS
from tests.engine.conftest import random_weights

ROOT = Path(__file__).parents[2]
SMALL = ("--size", "64", "--steps", "3", "--seed", "7", "--backbone", "vgg19_original")
SHALLOW = ("--layers", "relu1_1", "--content-layer", "relu1_1")
"""Layers that cost least, for tests of everything but the painting."""


@pytest.fixture(autouse=True, scope="module")
def _offline() -> Iterator[None]:
    """No download, and whatever lies in this machine's cache of torch is no part of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATELIER_ENGINE__DOWNLOAD", "never")
        # Over tiny pictures, threads wait for each other longer than they work.
        patch.setenv("ATELIER_ENGINE__THREADS", "1")
        patch.setenv("TORCH_HOME", os.devnull)
        yield


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small photo and a small style."""
    folder = tmp_path_factory.mktemp("inputs")
    with Image.open(PHOTOS / "cat.jpg") as image:
        image.resize((90, 60)).save(folder / "photo.jpg")
    Image.radial_gradient("L").convert("RGB").resize((80, 80)).save(folder / "painting.png")
    return folder


@pytest.fixture
def photo(inputs: Path) -> Path:
    """A small photo."""
    return inputs / "photo.jpg"


@pytest.fixture
def painting(inputs: Path) -> Path:
    """A small style."""
    return inputs / "painting.png"


@pytest.fixture(scope="module")
def report(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `--json` prints of a painting with the backbone's own recipe, which several look at."""
    out = tmp_path_factory.mktemp("report") / "painted.png"
    return painted(inputs / "photo.jpg", inputs / "painting.png", "-o", out)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the painting goes: a folder of its own, so that leftovers are seen."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "painted.png"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["stylize", *map(str, arguments)])


def painted(*arguments: str | Path) -> dict[str, Any]:
    """What `--json` prints of a painting that works."""
    result = run(*arguments, *SMALL, "--json")
    assert 0 == result.exit_code, result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def test_the_report(report: dict[str, Any]) -> None:
    """`--json` prints one object with all that was promised, and no more."""
    assert [
        "output",
        "seconds",
        "steps",
        "losses",
        "initial_losses",
        "backbone",
        "weights",
        "device",
        "size",
        "recipe",
    ] == list(report)


def test_the_losses_of_the_report(report: dict[str, Any]) -> None:
    """Losses are given by part, and their total is the parts' sum."""
    losses = report["losses"]
    parts = {name: losses[name] for name in ("content", "style", "tv")}
    assert {**parts, "total": pytest.approx(sum(parts.values()))} == losses


def test_painting_makes_the_loss_smaller(report: dict[str, Any]) -> None:
    """Even a few steps bring the finished picture below where it began."""
    assert report["losses"]["total"] < report["initial_losses"]["total"]


def test_what_really_painted(report: dict[str, Any]) -> None:
    """The report names network, weights, size and steps as they were."""
    found = (report["backbone"], report["size"], report["steps"], len(report["weights"]["sha256"]))
    assert ("vgg19_original", [64, 43], 3, 64) == found


def test_the_picture_is_there(report: dict[str, Any]) -> None:
    """The output is a picture of the size that was reported, and the only new file."""
    out = Path(report["output"])
    with Image.open(out) as image:
        size = list(image.size)
    assert (report["size"], [out]) == (size, list(out.parent.iterdir()))


def test_the_recipe_is_in_the_picture(report: dict[str, Any]) -> None:
    """The file carries the recipe of the report."""
    inside = read_recipe(Path(report["output"]).read_bytes())
    assert Recipe.model_validate(report["recipe"]) == Recipe.model_validate_json(inside or "")


def test_the_same_twice(photo: Path, painting: Path, out: Path) -> None:
    """A recipe with its seed paints the same picture again, also from noise."""
    other = out.with_name("other.png")
    for path in (out, other):
        painted(photo, painting, "-o", path, "--init", "noise", *SHALLOW)
    assert out.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(("name", "format_"), [("a.jpg", "JPEG"), ("a.WEBP", "WEBP")])
def test_other_formats(photo: Path, painting: Path, out: Path, name: str, format_: str) -> None:
    """The output's ending decides the format."""
    path = out.with_name(name)
    painted(photo, painting, "-o", path, *SHALLOW)
    with Image.open(path) as image:
        assert format_ == image.format


def test_a_preset_brings_its_style(photo: Path, out: Path) -> None:
    """A photo and a preset are enough."""
    assert "flow" == painted(photo, "-o", out, "--preset", "flow", *SHALLOW)["recipe"]["preset"]


def test_a_file_may_be_given_several_times(photo: Path, out: Path) -> None:
    """One file may be photo, style and beginning at once."""
    recipe = painted(photo, photo, "-o", out, "--init", photo, *SHALLOW)["recipe"]
    assert recipe["styles"][0]["digest"] == recipe["init_digest"]


def test_a_blend(photo: Path, painting: Path, out: Path) -> None:
    """Several styles, each with its share and its size, in the order in which they are named."""
    options = ("--blend", "2,1", "--style-scale", "1,0.5")
    report = painted(photo, painting, photo, "-o", out, *options, *SHALLOW)
    styles = report["recipe"]["styles"]
    assert [(2.0, 1.0), (1.0, 0.5)] == [(style["weight"], style["scale"]) for style in styles]
    assert styles[0]["digest"] != styles[1]["digest"]


def test_recoloured_is_as_painted(photo: Path, painting: Path, out: Path) -> None:
    """Painted without the photo's colours and recoloured: the file that keeping them gives."""
    with_them, recoloured = out.with_name("with.png"), out.with_name("recoloured.png")
    painted(photo, painting, "-o", out, *SHALLOW)
    painted(photo, painting, "-o", with_them, "--keep-colours", "0.6", *SHALLOW)
    arguments = [out, "--photo", photo, "--keep-colours", "0.6", "-o", recoloured]
    CliRunner().invoke(main, ["recolour", *map(str, arguments)])
    assert with_them.read_bytes() == recoloured.read_bytes()


def test_a_style_for_a_region(photo: Path, painting: Path, out: Path, tmp_path: Path) -> None:
    """The first style has the place of the mask, a cut-out of the photo; the second the rest."""
    with Image.open(photo) as image:
        cutout = image.convert("RGBA")
    cutout.paste((0, 0, 0, 0), (0, 0, 45, 60))
    cutout.save(tmp_path / "cutout.png")
    options = ("--mask", tmp_path / "cutout.png")
    report = painted(photo, painting, photo, "-o", out, *options, *SHALLOW)
    masks = [style["mask"] for style in report["recipe"]["styles"]]
    assert ([True, False], 64) == ([mask is not None for mask in masks], len(masks[0]))


def test_two_styles_may_share_a_mask(photo: Path, painting: Path, out: Path) -> None:
    """They are blended in its place."""
    options = ("--mask", photo, "--mask", photo)
    report = painted(photo, painting, photo, "-o", out, *options, *SHALLOW)
    assert 1 == len({style["mask"] for style in report["recipe"]["styles"]})


def test_all_wishes_reach_the_recipe(photo: Path, painting: Path, out: Path) -> None:
    """Each option is found in the recipe that was painted."""
    options = {
        "--layers": "relu1_1,relu2_1",
        "--weights": "5,1",
        "--content-layer": "relu3_1",
        "--content-weight": "2",
        "--strength": "3",
        "--tv": "0.5",
        "--optimizer": "lbfgs",
        "--keep-colours": "0.25",
    }
    pairs = [part for option in options.items() for part in option]
    recipe = painted(photo, painting, "-o", out, *pairs)["recipe"]
    found = {
        "--layers": ",".join(pair["layer"] for pair in recipe["style_layers"]),
        "--weights": ",".join(f"{pair['weight']:g}" for pair in recipe["style_layers"]),
        "--content-layer": recipe["content_layers"][0]["layer"],
        "--content-weight": f"{recipe['content_weight']:g}",
        "--strength": f"{recipe['strength']:g}",
        "--tv": f"{recipe['tv_weight']:g}",
        "--optimizer": recipe["optimizer"],
        "--keep-colours": f"{recipe['keep_colours']:g}",
    }
    assert options == found


def test_transparency_stays(painting: Path, out: Path, tmp_path: Path) -> None:
    """What is transparent in the photo is transparent in the painting."""
    photo = tmp_path / "alpha.png"
    image = Image.new("RGBA", (64, 64), (200, 100, 50, 255))
    image.paste((0, 0, 0, 0), (0, 0, 32, 64))
    image.save(photo)
    painted(photo, painting, "-o", out, *SHALLOW)
    with Image.open(out) as result:
        alphas = [result.getpixel((x, 32))[3] for x in (5, 60)]  # type: ignore[index]  # RGBA
    assert [0, 255] == alphas


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_every_shade_of_transparency_stays(
    painting: Path, out: Path, tmp_path: Path, name: str
) -> None:
    """A photo as large as the painting gives it its very alpha, soft edges and all."""
    photo, path = Image.new("RGBA", (64, 64), "teal"), out.with_name(name)
    photo.putalpha(Image.linear_gradient("L").resize((64, 64)))
    photo.save(tmp_path / "alpha.png")
    painted(tmp_path / "alpha.png", painting, "-o", path, *SHALLOW)
    with Image.open(path) as result:
        assert photo.getchannel("A").tobytes() == result.getchannel("A").tobytes()


def test_a_jpeg_has_no_transparency(painting: Path, out: Path, tmp_path: Path) -> None:
    """What was transparent is white there."""
    photo, path = Image.new("RGBA", (64, 64), "teal"), out.with_name("a.jpg")
    photo.paste((0, 0, 0, 0), (0, 0, 32, 64))
    photo.save(tmp_path / "alpha.png")
    painted(tmp_path / "alpha.png", painting, "-o", path, *SHALLOW)
    with Image.open(path) as result:
        assert min(result.convert("RGB").crop((0, 0, 24, 64)).tobytes()) >= 250


def test_refining(photo: Path, painting: Path, out: Path) -> None:
    """A painting as --init is gone on with: it begins where the other one ended."""
    refined = out.with_name("refined.png")
    first = painted(photo, painting, "-o", out, *SHALLOW)
    second = painted(photo, painting, "-o", refined, "--init", out, *SHALLOW)
    assert pytest.approx(first["losses"]) == second["initial_losses"]
    assert second["losses"]["total"] < first["losses"]["total"]
    assert "picture" == second["recipe"]["init"]


def test_a_stand_in_is_never_silent(
    photo: Path, painting: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its weights another network paints, and the report and stderr say which."""
    monkeypatch.setenv("ATELIER_ENGINE__WEIGHTS_DIR", "")
    options = (*SMALL, *SHALLOW, "--backbone", "vgg16", "--json")
    result = run(photo, painting, "-o", out, *options)
    said = "vgg19_original painted this in its place" in result.stderr
    assert ("vgg19_original", True) == (json.loads(result.stdout)["backbone"], said)


def test_a_person_reads_the_path(photo: Path, painting: Path, out: Path) -> None:
    """Without `--json` the output's path is all that stdout has."""
    assert f"{out}\n" == run(photo, painting, "-o", out, *SMALL, *SHALLOW).stdout


BAD: dict[str, tuple[list[str], str]] = {
    "no such photo": (["nope.jpg", "STYLE"], "There is no file nope.jpg"),
    "no such style": (["PHOTO", "nope.jpg"], "There is no file nope.jpg"),
    "no such start": (["PHOTO", "STYLE", "--init", "nope.jpg"], "noise or a picture file"),
    "a folder": (["FOLDER", "STYLE"], "is not a file"),
    "a device": (["/dev/zero", "STYLE"], "is not a file"),
    "not an image": (["TEXT", "STYLE"], "looks like text"),
    "a broken image": (["BROKEN", "STYLE"], "damaged or cut off"),
    "no style": (["PHOTO"], "Name a STYLE"),
    "unknown preset": (["PHOTO", "--preset", "x"], "no preset x. Choose one of: flow"),
    "unknown backbone": (["PHOTO", "STYLE", "--backbone", "x"], "no backbone x. Choose one of"),
    "no layers": (["PHOTO", "STYLE", "--layers", ""], "No layer is named. Choose from: relu1_1"),
    "unknown layer": (["PHOTO", "STYLE", "--layers", "fire2"], "no layer fire2. Choose from: relu"),
    "unknown content layer": (["PHOTO", "STYLE", "--content-layer", "x"], "no layer x"),
    "a layer twice": (["PHOTO", "STYLE", "--layers", "relu1_1,relu1_1"], "named twice"),
    "counts": (
        ["PHOTO", "STYLE", "--layers", "relu1_1", "--weights", "1,2"],
        "Layers: 1, weights: 2",
    ),
    "nan weight": (["PHOTO", "STYLE", "--layers", "relu1_1", "--weights", "nan"], "weight nan"),
    "negative weight": (["PHOTO", "STYLE", "--layers", "relu1_1", "--weights=-1"], "weight -1"),
    "zero weights": (["PHOTO", "STYLE", "--layers", "relu1_1", "--weights", "0"], "above 0"),
    "nan content": (["PHOTO", "STYLE", "--content-weight", "nan"], "content weight is nan; choose"),
    "infinite tv": (["PHOTO", "STYLE", "--tv", "inf"], "is inf; choose a number of 0"),
    "weights beyond all": (["PHOTO", "STYLE", "--tv", "1e300"], "Give smaller ones"),
    "nan strength": (["PHOTO", "STYLE", "--strength", "nan"], "choose a number from"),
    "no number": (["PHOTO", "STYLE", "--strength", "x"], "'x' is not a valid float"),
    "size": (["PHOTO", "STYLE", "--size", "7"], "size is 7; choose a number from 64"),
    "a large size": (["PHOTO", "STYLE", "--size", "4097"], "choose a number from 64 to 4096"),
    "a huge size": (["PHOTO", "STYLE", "--size", "9" * 400], "far too long"),
    "steps": (["PHOTO", "STYLE", "--steps", "0"], "steps is 0; choose a number from 1"),
    "optimizer": (["PHOTO", "STYLE", "--optimizer", "sgd"], "Choose adam or lbfgs"),
    "colours": (["PHOTO", "STYLE", "--keep-colours", "2"], "from 0 to 1"),
    "seed": (["PHOTO", "STYLE", "--seed", "-1"], "-1 is not in the range"),
    "no weights folder": (["PHOTO", "STYLE", "--weights-dir", "nope"], "There is no folder nope"),
    "an unknown option": (["PHOTO", "STYLE", "--nope"], "No such option"),
    "blend": (["PHOTO", "STYLE", "STYLE", "--blend", "1"], "Styles: 2, blend: 1; give one for"),
    "a style of no weight": (["PHOTO", "STYLE", "STYLE", "--blend", "1,0"], "counts 0"),
    "nan blend": (["PHOTO", "STYLE", "STYLE", "--blend", "1,nan"], "The blend nan cannot be used"),
    "style scale": (["PHOTO", "STYLE", "--style-scale", "9"], "style_scale is 9; choose a number"),
    "style scales": (["PHOTO", "STYLE", "--style-scale", "1,2"], "Styles: 1, style_scale: 2; give"),
    "two masks": (["PHOTO", "STYLE", *["--mask", "PHOTO"] * 2], "Styles: 1, masks: 2; the first"),
    "a square mask": (["PHOTO", "STYLE", "--mask", "STYLE"], "painting.png: This mask is 80×80 px"),
    "a black mask": (["PHOTO", "STYLE", "--mask", "BLACK"], "This mask is black everywhere"),
    "nothing left": (
        ["PHOTO", "STYLE", "STYLE", "--mask", "WHITE"],
        "leave no place for the style",
    ),
    "no such mask": (["PHOTO", "STYLE", "--mask", "nope.png"], "There is no file nope.png"),
    "nine styles": (["PHOTO", *["STYLE"] * 9], "That is 9 styles; name at most 8"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str, photo: Path, painting: Path, out: Path, tmp_path: Path) -> None:
    """Bad input ends in status 2 with one sentence on stderr, and nothing is written."""
    given, sentence = BAD[case]
    text, broken = tmp_path / "text.png", tmp_path / "broken.jpg"
    text.write_text("This is no picture, although it is called one.\n" * 5)
    broken.write_bytes(photo.read_bytes()[:300])
    black, white = tmp_path / "black.png", tmp_path / "white.png"
    for path in (black, white):
        Image.new("L", (90, 60), path.stem).save(path)
    files = {"PHOTO": photo, "STYLE": painting, "FOLDER": tmp_path, "TEXT": text, "BROKEN": broken}
    files |= {"BLACK": black, "WHITE": white}
    options = ["--backbone", "vgg19_original", "-o", str(out)]
    result = run(*options, *(files.get(one, one) for one in given))
    found = (
        result.exit_code,
        result.stdout,
        sentence in result.stderr,
        result.stderr.count("\n"),
        list(out.parent.iterdir()),
    )
    assert (2, "", True, 1, []) == found, result.stderr


CLASSIC: dict[str, tuple[list[str], str]] = {
    "no style": (["PHOTO"], "Name a STYLE"),
    "a size": (["PHOTO", "STYLE", "--size", "256"], "not for choice there: size"),
    "another network": (["PHOTO", "STYLE", "--backbone", "vgg19"], "not for choice there: backb"),
    "noise": (["PHOTO", "STYLE", "--init", "noise"], "not for choice there: init"),
    "two styles": (["PHOTO", "STYLE", "STYLE"], "not for choice there: several styles"),
    "a mask": (["PHOTO", "STYLE", "--mask", "PHOTO"], "not for choice there: masks"),
    "a style's scale": (["PHOTO", "STYLE", "--style-scale", "1"], "not for choice there: style_sc"),
    "layers alone": (["PHOTO", "STYLE", "--layers", "relu1"], "numbers such as 3 or 300000"),
    "no weights": (["PHOTO", "STYLE"], "painted by squeezenet1_1 and by no other network"),
    "a stand-in": (
        ["PHOTO", "STYLE", "--backbone", "squeezenet1_1"],
        "painted by squeezenet1_1 and by no other network",
    ),
}


@pytest.mark.parametrize("case", CLASSIC)
def test_what_a_classic_preset_refuses(case: str, photo: Path, painting: Path, out: Path) -> None:
    """One sentence, and nothing is painted, by no other network either."""
    given, sentence = CLASSIC[case]
    files = {"PHOTO": photo, "STYLE": painting}
    options = ["-o", str(out), "--preset", "classic-starry"]
    result = run(*options, *(files.get(one, one) for one in given))
    found = (
        result.exit_code,
        result.stdout,
        sentence in result.stderr,
        result.stderr.count("\n"),
        list(out.parent.iterdir()),
    )
    assert (2, "", True, 1, []) == found, result.stderr


def test_a_classic_preset_paints(
    photo: Path, painting: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its weights it makes 200 steps, by the shorter side, and the file has its recipe."""
    save_file(random_weights("squeezenet1_1"), tmp_path / "squeezenet1_1.safetensors")
    presets = tmp_path / "presets.toml"
    ours = PRESETS.read_text(encoding="utf-8")
    presets.write_text(ours.replace("_side = 192", "_side = 32"), encoding="utf-8")
    monkeypatch.setenv("ATELIER_PRESETS", str(presets))
    options = ("--preset", "classic-starry", "--weights-dir", tmp_path, "--json")
    result = run(photo, painting, "-o", out, *options)
    assert 0 == result.exit_code, result.stderr
    report = json.loads(result.stdout)
    recipe = json.loads(CliRunner().invoke(main, ["recipe", str(out)]).stdout)
    found = (report["steps"], report["size"], report["initial_losses"]["content"], recipe)
    assert (200, [48, 32], 0.0, report["recipe"]) == found
    assert ("classic", "classic-starry") == (recipe["mode"], recipe["preset"])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("painted.gif", "does not end in .png"),
        ("painted", "does not end in .png"),
        ("nope/painted.png", "There is no folder"),
        ("folder.png", "cannot be written"),
        ("../photo.jpg", "is one of the inputs"),
    ],
)
def test_bad_output(photo: Path, painting: Path, out: Path, name: str, sentence: str) -> None:
    """An output that cannot be had is told before anything is painted."""
    (out.parent / "folder.png").mkdir()
    own = out.parent.parent / "photo.jpg"
    own.write_bytes(photo.read_bytes())
    result = run(own, painting, "-o", out.parent / name, *SMALL)
    found = (result.exit_code, sentence in result.stderr, result.stderr.count("\n"))
    assert ((2, True, 1), photo.read_bytes()) == (found, own.read_bytes()), result.stderr


def test_damaged_weights(photo: Path, painting: Path, out: Path, tmp_path: Path) -> None:
    """A damaged file of weights is named in one sentence."""
    file = tmp_path / "squeezenet1_0.safetensors"
    file.write_bytes(b"no weights")
    options = ("--weights-dir", tmp_path, "--backbone", "squeezenet1_0")
    result = run(photo, painting, "-o", out, *options)
    found = (result.exit_code, result.stderr.startswith(str(file)), result.stderr.count("\n"))
    assert (2, True, 1) == found, result.stderr


def test_a_wrong_setting(
    photo: Path, painting: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong setting is named, with what is allowed."""
    monkeypatch.setenv("ATELIER_ENGINE__DEVICE", "gpu")
    result = run(photo, painting, "-o", out)
    assert (2, 1) == (result.exit_code, result.stderr.count("\n"))


def test_members_bounds_are_not_those_of_the_command_line(
    photo: Path, painting: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has the machine alone may ask for more than a server's members."""
    monkeypatch.setenv("ATELIER_BOUNDS__SIZE", "[16, 32]")
    assert [64, 43] == painted(photo, painting, "-o", out)["size"]


def test_by_tiles(photo: Path, painting: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the picture is larger than a tile it is painted all the same, at its size."""
    monkeypatch.setenv("ATELIER_ENGINE__WHOLE_SIDE", "256")
    result = run(photo, painting, "-o", out, *SMALL, "--size", "330", "--steps", "1")
    assert 0 == result.exit_code, result.stderr
    with Image.open(out) as image:
        assert (330, 220) == image.size


def test_it_needs_an_output() -> None:
    """Without an output the sentence names the option."""
    assert "Missing option '-o' / '--output'.\n" == run("a.png", "b.png").stderr


def test_bad_wishes_need_no_torch(photo: Path, painting: Path, out: Path) -> None:
    """A wrong wish is told without the seconds that torch's import takes."""
    code = (
        "import sys\n"
        "from cli.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print('torch' in sys.modules)"
    )
    arguments = ["stylize", str(photo), str(painting), "-o", str(out), "--layers", "nope"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert (2, "False\n") == (done.returncode, done.stdout)


def test_ctrl_c_leaves_nothing_behind(photo: Path, painting: Path, out: Path) -> None:
    """Ctrl-C in the midst of painting ends with status 130 and without a file or a traceback."""
    code = (
        "import os, signal, sys\n"
        "from cli import progress\n"
        "from cli.main import main\n"
        "progress.Bar.show = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
        "main(sys.argv[1:])"
    )
    arguments = ["stylize", str(photo), str(painting), "-o", str(out), *SMALL]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    found = (done.returncode, done.stdout, "Traceback" in done.stderr, list(out.parent.iterdir()))
    assert (130, "", False, []) == found


def test_every_option_of_the_issue_is_there() -> None:
    """The command has the options that its users were promised."""
    promised = """--output --preset --backbone --layers --weights --content-layer --content-weight
    --mask --blend --style-scale --strength --tv --size --steps --optimizer
    --init --keep-colours --seed --weights-dir --json"""
    found = {name for option in stylize.params for name in option.opts}
    assert set(promised.split()) == found - {"content", "styles", "-o"}
