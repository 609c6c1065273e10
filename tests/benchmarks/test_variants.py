"""Variants of the recipe: what the losses see, which picture is taken, what is compared."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.quality.judge import Judge
from benchmarks.quality.methods import Task, Wanted
from benchmarks.quality.pairs import Pair
from benchmarks.quality.records import Records
from benchmarks.quality.sweep import Sweep
from benchmarks.variants.altered import AsTorchvision, Smoothed
from benchmarks.variants.averages import Exponential, LastTenth
from benchmarks.variants.choices import RECIPE, variants
from benchmarks.variants.table import table, write_csv
from engine.backbones import Backbone
from engine.nst.tensors import to_tensor
from engine.nst.transfer import Transfer
from tests.benchmarks.test_quality import RECORD

LAYERS = ("relu1", "fire3")


def test_losses_see_a_softmax_and_the_network_does_not(pair: Pair, backbone: Backbone) -> None:
    """Also a layer behind another one is the softmax of what it always was."""
    image = to_tensor(pair.opened()[0])
    plain = backbone.features(image, LAYERS)
    found = Smoothed(backbone, 2.0).features(image, LAYERS)
    for name in LAYERS:
        wanted = torch.softmax(plain[name] / 2, dim=1) * plain[name].shape[1]
        torch.testing.assert_close(found[name], wanted)


def test_padding_is_torchvisions(pair: Pair, backbone: Backbone) -> None:
    """To the digit."""
    image = to_tensor(pair.opened()[0])
    found = AsTorchvision(backbone).features(image, LAYERS)["fire3"]
    wanted = backbone.plain_features(backbone.normalised(image), LAYERS)["fire3"]
    torch.testing.assert_close(found, wanted, rtol=0, atol=0)


def test_the_last_tenth_is_a_plain_mean() -> None:
    """Of twenty steps the last two, although the optimiser changes its picture in place."""
    average, image = LastTenth(), torch.zeros(1, 3, 2, 2)
    for step in range(1, 21):
        average.see(step / 20, image.fill_(step))
    assert float(average.image.mean()) == pytest.approx(19.5)


def test_an_exponential_mean_begins_anew_where_the_canvas_grows() -> None:
    """By hand: a 1 counts 0.99 of the 2 that follows it."""
    average = Exponential(0.99)
    average.see(0.1, torch.full((1, 3, 1, 1), 9.0))
    for value in (1.0, 2.0):
        average.see(0.5, torch.full((1, 3, 2, 2), value))
    assert float(average.image.mean()) == pytest.approx((0.99 * 1 + 2) / 1.99)


def test_variants_differ_from_the_recipe_in_their_choice(task: Task) -> None:
    """Each has a name of its own, and the recipe comes first."""
    names = [each.name for each in variants(task, 8)]
    assert (names[0], len(set(names))) == (RECIPE, len(names))


@pytest.mark.parametrize("name", ["SWAG, temperature 100", "L-BFGS, mean of the last tenth"])
def test_a_variant_is_painted(task: Task, pair: Pair, name: str) -> None:
    """In its own steps; where the objective is the recipe's, with the recipe's number."""
    variant = next(each for each in variants(task, 8) if each.name == name)
    (shot,) = variant.paint(pair, Wanted(1.0, 0, over_time=False))
    found = (shot.picture.size, shot.steps, shot.objective is None)
    assert found == ((64, 51), 8, name.startswith("SWAG"))


def test_the_recipe_as_a_variant_has_the_engines_objective(task: Task, pair: Pair) -> None:
    """That of the picture as it is delivered."""
    recipe, (photo, style) = task.recipe(1.0, 8), pair.opened()
    transfer = Transfer(recipe, photo, [style], task.backbone)
    while not transfer.done:
        transfer.step()
    (shot,) = variants(task, 8)[0].paint(pair, Wanted(1.0, 0, over_time=False))
    assert shot.objective == pytest.approx(transfer.finished_losses().total, rel=1e-6)


def test_each_painting_is_a_line(
    task: Task, pair: Pair, backbone: Backbone, tmp_path: Path
) -> None:
    """As soon as it is painted, and the table has a row for it."""
    records = Records(tmp_path / "results.jsonl")
    for variant in variants(task, 4)[:2]:
        Sweep(task, Judge(backbone), records, tmp_path).run(variant, pair, 1.0, over_time=False)
    write_csv(records, tmp_path / "results.csv")
    lines = (tmp_path / "results.csv").read_text().splitlines()
    rows = table(list(records)).splitlines()[2:]
    assert (len(lines), len(rows)) == (3, 2)


def test_ratios_are_means_with_the_worst_pair() -> None:
    """Twice and half the style: the mean is 1, the worst 2."""
    own = [replace(RECORD, method=RECIPE, pair=pair) for pair in ("a", "b")]
    other = [
        replace(RECORD, method="other", pair=pair, style=RECORD.style * ratio)
        for pair, ratio in (("a", 2.0), ("b", 0.5))
    ]
    row = table([*own, *other]).splitlines()[-1]
    assert row.startswith("| other | 1.00 (1.00) | 1.00 (2.00) |")
