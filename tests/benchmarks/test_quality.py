"""The benchmark of quality: distances, clocks, curves, and a sweep that goes on where it was."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.quality.cfsd import cfsd
from benchmarks.quality.curves import curve, ratio_at
from benchmarks.quality.judge import Judge
from benchmarks.quality.methods import Ours, Plain, Shot, Task, Wanted
from benchmarks.quality.pairs import PAIRS, Pair
from benchmarks.quality.records import Record, Records
from benchmarks.quality.results import write_results
from benchmarks.quality.stopwatch import Spent
from benchmarks.quality.sweep import Sweep
from config.settings import RecipeDefaults
from engine.backbones import Backbone

RECORD = Record(
    painter="squeezenet1_0",
    judge="vgg19_original",
    device="cpu",
    size=64,
    method="ours",
    pair="photo-style",
    strength=1.0,
    steps=8,
    equal=True,
    seconds=2.0,
    cpu_seconds=3.0,
    style=0.1,
    content=1.0,
    cfsd=0.2,
    objective=4.0,
    picture="a.png",
)


def test_a_patch_that_changes_its_friends_is_what_cfsd_sees() -> None:
    """Two patches alike and one apart; in the painting another one is apart: by hand."""
    photo = torch.tensor([[[[1.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]]])  # (1, 2, 1, 3)
    painting = torch.tensor([[[[1.0, 0.0, 0.0]], [[0.0, 1.0, 1.0]]]])
    alike, apart = (math.exp(value) for value in (1.0, 0.0))  # mean square is 1/2, C is 2
    friends = {"photo": ["01", "01", "2"], "painting": ["0", "12", "12"]}

    def row(of: str) -> list[float]:
        weights = [alike if str(place) in of else apart for place in range(3)]
        return [weight / sum(weights) for weight in weights]

    wanted = [
        sum(p * math.log(p / q) for p, q in zip(row(theirs), row(ours), strict=True))
        for theirs, ours in zip(friends["photo"], friends["painting"], strict=True)
    ]
    assert cfsd(painting, photo) == pytest.approx(sum(wanted) / 3, rel=1e-5)


def test_the_photo_itself_is_at_no_distance(pair: Pair, backbone: Backbone) -> None:
    """Of content and structure."""
    verdict = Judge(backbone).verdict(pair.opened()[0], pair)
    assert (verdict.content, verdict.cfsd) == pytest.approx((0, 0), abs=1e-6)


def test_the_style_itself_is_at_no_distance(pair: Pair, backbone: Backbone) -> None:
    """Of style."""
    assert Judge(backbone).verdict(pair.opened()[1], pair).style == pytest.approx(0, abs=1e-6)


def test_pairs_are_six_with_portraits() -> None:
    """And their files are there."""
    found = [pair.photo.is_file() and pair.style.is_file() for pair in PAIRS]
    portraits = [pair for pair in PAIRS if pair.photo.stem == "astronaut"]
    assert (found, len(portraits)) == ([True] * 6, 3)


def test_a_plain_method_is_shown_where_it_has_taken_as_long(
    task: Task, pair: Pair, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, at the first step that reaches the budget, besides its own numbers of steps."""
    monkeypatch.setattr(Plain, "STEPS", {"adam": (2, 4)})
    shots = list(Plain(task, backbone, "adam").paint(pair, Wanted(1.0, 1e-9, over_time=True)))
    assert [(shot.steps, shot.equal) for shot in shots] == [(1, True), (2, False), (4, False)]


def short(task: Task) -> RecipeDefaults:
    """The backbone's recipe with eight steps."""
    own = task.settings.recipes["squeezenet1_0"]
    return own.model_copy(update={"steps": 8})


def test_ours_with_fewer_steps_is_a_painting_of_its_own(task: Task, pair: Pair) -> None:
    """And only the recipe's own steps stand for it."""
    recipes = {**task.settings.recipes, "squeezenet1_0": short(task)}
    brief = replace(task, settings=task.settings.model_copy(update={"recipes": recipes}))
    shots = list(Ours(brief).paint(pair, Wanted(1.0, 0, over_time=True)))
    found = [(shot.steps, shot.equal) for shot in shots]
    assert found == [(8, True), (4, False), (2, False)]


def test_between_two_points_the_curve_is_straight_in_logarithms() -> None:
    """Style falls from 0.4 to 0.1 while content doubles twice: 0.2 half way."""
    weak = replace(RECORD, strength=0.5, content=1.0, style=0.4)
    strong = replace(RECORD, strength=2.0, content=4.0, style=0.1)
    (other,) = curve([replace(RECORD, content=2.0, style=0.4)], 1)
    assert ratio_at(curve([strong, weak], 1), other) == pytest.approx(0.5)


def test_a_strength_that_not_all_pairs_have_is_no_point() -> None:
    """Two pairs, one of which was painted at strength 2 as well."""
    both = [replace(RECORD, pair=pair) for pair in ("a", "b")]
    points = curve([*both, replace(RECORD, pair="a", strength=2.0)], 2)
    assert [(point.strength, point.pairs) for point in points] == [(1.0, 2)]


def test_beyond_the_curve_there_is_no_answer() -> None:
    """Unless its end is better or worse in both."""
    ours = curve([replace(RECORD, content=1.0, style=0.4)], 1)
    others = [replace(RECORD, content=content, style=style) for content, style in
              ((2.0, 0.5), (2.0, 0.3), (0.5, 0.2), (0.5, 0.8))]  # fmt: skip
    found = [ratio_at(ours, curve([other], 1)[0]) for other in others]
    assert found == [pytest.approx(0.8), None, pytest.approx(2.0), None]


def test_records_are_read_again(tmp_path: Path) -> None:
    """As they were written."""
    path = tmp_path / "results.jsonl"
    records = Records(path)
    records.add(RECORD)
    records.close(RECORD.run)
    assert list(Records(path)) == [RECORD]


def test_a_run_that_was_interrupted_does_not_count(tmp_path: Path) -> None:
    """Its records are left out, also where it is run again."""
    path = tmp_path / "results.jsonl"
    Records(path).add(replace(RECORD, style=9.0))
    again = Records(path)
    left_out = list(again)
    again.begin(RECORD.run)
    again.add(RECORD)
    again.close(RECORD.run)
    assert (left_out, list(Records(path))) == ([], [RECORD])


class Counting:
    """Lays the style over the photo, and counts."""

    name = "ours"

    def __init__(self) -> None:
        self.times = 0

    def paint(self, pair: Pair, wanted: Wanted) -> Iterator[Shot]:
        """One shot."""
        self.times += 1
        yield Shot(Image.blend(*pair.opened(), 0.5), 1, Spent(1.0, 2.0), True, 3.0)


def test_a_sweep_that_starts_again_paints_nothing_twice(
    task: Task, pair: Pair, backbone: Backbone, tmp_path: Path
) -> None:
    """What the records have is not run."""
    method = Counting()
    for _ in range(2):
        records = Records(tmp_path / "results.jsonl")
        Sweep(task, Judge(backbone), records, tmp_path).run(method, pair, 1.0, over_time=True)
    assert method.times == 1


def test_results_are_tables_plots_and_sheets(
    task: Task, pair: Pair, backbone: Backbone, tmp_path: Path
) -> None:
    """All are written, and the tables name the method."""
    records = Records(tmp_path / "results.jsonl")
    for strength in (1.0, 2.0):
        Sweep(task, Judge(backbone), records, tmp_path).run(
            Counting(), pair, strength, over_time=False
        )
    text = write_results(records, task, [pair], tmp_path)
    endings = (".md", "-content.png", "-cfsd.png", "-methods.jpg", "-strengths.jpg")
    found = [(tmp_path / f"squeezenet1_0-64{ending}").is_file() for ending in endings]
    assert (found, "| ours | 1 | 1 | 1.0 | 2.0 |" in text) == ([True] * 5, True)
