"""The classic mode against the CS231n assignment, written plainly here once more."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from engine.backbones import Backbone
from engine.nst.classic import ClassicTransfer, deprocess, preprocess
from engine.nst.transfer import Frame
from engine.runner import Device
from engine.torchvision_import import torchvision_models
from engine.weights import Weights, WeightsSource
from jobs.recipe import Recipe
from tests.engine.conftest import picture, random_weights
from tests.engine.making import SIDE, STYLE_SIDE, classic_recipe

PHOTO, PAINTING = picture(50, 41, seed=1), picture(45, 60, seed=2)

LAYERS = {"relu1": 1, "fire2": 3, "fire3": 4, "fire4": 6, "fire5": 7}
"""The assignment names a layer by its place in torchvision's `features`."""


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Two threads wait for each other at every tiny operation where the machine is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def exact() -> Backbone:
    """SqueezeNet 1.1 with random weights, in float64: Adam's signs hang on the last digit."""
    weights = random_weights("squeezenet1_1")
    source = WeightsSource("random", "0" * 64)
    device = Device(torch.device("cpu"), torch.float64)
    return Backbone("squeezenet1_1", Weights(weights, source, Path("random")), device)


@pytest.fixture(scope="module")
def features() -> nn.Sequential:
    """torchvision's own network with the same weights."""
    network: nn.Sequential = torchvision_models().squeezenet1_1(weights=None).features
    weights = random_weights("squeezenet1_1")
    network.load_state_dict({key.removeprefix("features."): w for key, w in weights.items()})
    return network.double().eval().requires_grad_(False)


# The assignment, plainly


def prepared(image: Image.Image, side: int) -> Tensor:
    """Resized by its shorter side, to a tensor, normalised."""
    width, height = image.size
    if width < height:
        size = (side, int(side * height / width))
    else:
        size = (int(side * width / height), side)
    small = image.resize(size, Image.Resampling.BILINEAR)
    rows = [[small.getpixel((x, y)) for x in range(size[0])] for y in range(size[1])]
    image01 = (torch.tensor(rows, dtype=torch.float32) / 255).double().permute(2, 0, 1)
    mean = torch.tensor([0.485, 0.456, 0.406]).double().view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).double().view(3, 1, 1)
    return ((image01 - mean) / deviation)[None]


def extracted(image: Tensor, features: nn.Sequential) -> list[Tensor]:
    """The output of each module, as far as any layer of the assignment."""
    found = []
    for module in list(features)[: max(LAYERS.values()) + 1]:
        image = module(image)
        found.append(image)
    return found


class Assignment:
    """Its `style_transfer`, as a generator of what it sees at each step."""

    def __init__(self, recipe: Recipe, features: nn.Sequential) -> None:
        self.recipe, self.features = recipe, features
        with torch.no_grad():
            self.content_target = extracted(prepared(PHOTO, SIDE), features)[LAYERS["fire2"]]
            style_feats = extracted(prepared(PAINTING, STYLE_SIDE), features)
            indices = [LAYERS[pair.layer] for pair in recipe.style_layers]
            self.style_targets = {index: self.gram(style_feats[index]) for index in indices}

    def losses(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Content, style and tv, each with its weight."""
        feats = extracted(image, self.features)
        difference = feats[LAYERS["fire2"]] - self.content_target
        content_loss = self.recipe.content_weight * torch.sum(difference**2)
        style_loss = torch.zeros((), dtype=image.dtype)
        for pair in self.recipe.style_layers:
            index = LAYERS[pair.layer]
            difference = self.gram(feats[index]) - self.style_targets[index]
            style_loss = style_loss + pair.weight * torch.sum(difference**2)
        down = torch.sum((image[:, :, 1:, :] - image[:, :, :-1, :]) ** 2)
        across = torch.sum((image[:, :, :, 1:] - image[:, :, :, :-1]) ** 2)
        return content_loss, style_loss, self.recipe.tv_weight * (down + across)

    @staticmethod
    def gram(features: Tensor) -> Tensor:
        """Normalised by everything."""
        n, c, h, w = features.shape
        flat = features.view(n, c, h * w)
        return torch.matmul(flat, flat.permute(0, 2, 1)) / (c * h * w)

    def steps(self) -> Iterator[tuple[Tensor, list[float]]]:
        """The picture after each of the 200 steps, and the losses before it."""
        image = prepared(PHOTO, SIDE).requires_grad_()
        optimizer = torch.optim.Adam([image], lr=3.0)
        for t in range(200):
            optimizer.zero_grad()
            losses = self.losses(image)
            torch.autograd.backward(sum(losses[1:], losses[0]))
            if t == 180:
                optimizer = torch.optim.Adam([image], lr=0.1)
            optimizer.step()
            if t < 190:
                image.data.clamp_(-1.5, 1.5)
            yield image.detach().clone(), [float(loss.detach()) for loss in losses]


def slow_losses(recipe: Recipe, features: nn.Sequential) -> dict[str, float]:
    """Style and tv of the photo itself, number by number."""
    with torch.no_grad():
        photo = prepared(PHOTO, SIDE)
        seen = extracted(photo, features)
        wanted = extracted(prepared(PAINTING, STYLE_SIDE), features)
    style = 0.0
    for pair in recipe.style_layers:
        index = LAYERS[pair.layer]
        ours, theirs = slow_gram(seen[index]), slow_gram(wanted[index])
        style += pair.weight * sum((a - b) ** 2 for a, b in zip(ours, theirs, strict=True))
    neighbours = 0.0
    for channel in photo[0].tolist():
        neighbours += sum((b - a) ** 2 for row in channel for a, b in pairwise(row))
        for row, below in pairwise(channel):
            neighbours += sum((b - a) ** 2 for a, b in zip(row, below, strict=True))
    return {"content": 0.0, "style": style, "tv": recipe.tv_weight * neighbours}


def slow_gram(features: Tensor) -> list[float]:
    """All products of two channels, over all places, by C * H * W."""
    channels = features[0].flatten(1).tolist()
    count = sum(len(channel) for channel in channels)
    return [
        sum(a * b for a, b in zip(one, other, strict=True)) / count
        for one, other in itertools.product(channels, channels)
    ]


# Ours against it


@pytest.mark.parametrize("preset", ["classic-composition", "classic-scream", "classic-starry"])
def test_the_losses_before_the_first_step(
    exact: Backbone, features: nn.Sequential, preset: str
) -> None:
    """They are the assignment's formulas, with their weights, to a thousandth."""
    recipe = classic_recipe(preset)
    found = ClassicTransfer(recipe, PHOTO, [PAINTING], exact).initial_losses
    assert pytest.approx(slow_losses(recipe, features), rel=1e-3) == found.model_dump()


@dataclass
class Run:
    """Ours and the assignment's, step for step."""

    frames: list[Frame]
    pictures: list[Tensor]
    expected: list[Tensor]
    expected_losses: list[list[float]]
    finished: list[float]
    """The losses of our last picture."""


@pytest.fixture(scope="module")
def run(exact: Backbone, features: nn.Sequential) -> Run:
    """All 200 steps of both."""
    recipe = classic_recipe()
    transfer = ClassicTransfer(recipe, PHOTO, [PAINTING], exact)
    assignment = Assignment(recipe, features)
    done = Run([], [], [], [], [])
    for image, losses in assignment.steps():
        done.frames.append(transfer.step())
        done.pictures.append(transfer.image.detach().clone())
        done.expected.append(image)
        done.expected_losses.append(losses)
    assert transfer.done
    done.finished = list(transfer.finished_losses().model_dump().values())
    return done


def test_two_hundred_steps_follow_the_assignment(run: Run) -> None:
    """After every single step the pictures are the same within float error."""
    worst = [
        float((ours - theirs).abs().max())
        for ours, theirs in zip(run.pictures, run.expected, strict=True)
    ]
    assert pytest.approx([0.0] * 200, abs=1e-6) == worst


def test_the_losses_of_all_steps(run: Run) -> None:
    """Each frame has the losses before its step, as the assignment has them."""
    ours = [list(frame.losses.model_dump().values()) for frame in run.frames]
    for found, expected in zip(ours, run.expected_losses, strict=True):
        assert pytest.approx(expected, rel=1e-6, abs=1e-9) == found


def test_the_finished_losses_are_those_of_the_last_picture(
    run: Run, features: nn.Sequential
) -> None:
    """In normalised colours, before anything is rounded to 8 bits."""
    with torch.no_grad():
        expected = Assignment(classic_recipe(), features).losses(run.expected[-1])
    assert pytest.approx([float(part) for part in expected], rel=1e-6) == run.finished


def test_the_clamp_ends_before_step_190(run: Run) -> None:
    """Step 189, counted from 0, is clamped after; step 190 is the first that is not."""
    reach = [float(image.abs().max()) for image in run.pictures]
    assert (True, True) == (max(reach[:190]) <= 1.5, min(reach[190:]) > 1.5)


def test_a_new_adam_begins_at_step_180(run: Run) -> None:
    """The first step of an Adam is its rate, whatever the slope, and here that is 0.1."""
    moved = (run.pictures[180] - run.pictures[179]).abs().max()
    assert pytest.approx(0.1, rel=1e-3) == float(moved)


def test_frames_count_the_steps(run: Run) -> None:
    """One scale of 200 steps."""
    expected = [(step, 200, 1, 1) for step in range(1, 201)]
    assert expected == [(one.step, one.steps, one.scale, one.scales) for one in run.frames]


@pytest.mark.parametrize("size", [(50, 41), (41, 50), (40, 40), (32, 77), (301, 97)], ids=str)
def test_pictures_are_prepared_as_torchvision_does(exact: Backbone, size: tuple[int, int]) -> None:
    """The shorter side at its size, the longer one rounded down, bilinear, normalised."""
    transforms = pytest.importorskip("torchvision.transforms")
    image = picture(*size, seed=3)
    theirs = transforms.Compose(
        [
            transforms.Resize(SIDE),
            transforms.ToTensor(),
            transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
        ]
    )
    recipe = classic_recipe()
    ours = ClassicTransfer(recipe, image, [PAINTING], exact).image
    expected = theirs(image)[None].double()
    assert expected.shape == ours.shape
    assert pytest.approx(0.0, abs=1e-5) == float((expected - ours.detach()).abs().max())


def test_the_picture_takes_the_whole_range(exact: Backbone) -> None:
    """Its colours are stretched, as the assignment shows its results."""
    grey = Image.linear_gradient("L").resize((40, 40)).point([96 + n // 4 for n in range(256)])
    image = deprocess(preprocess(grey.convert("RGB"), (40, 40), exact), exact)
    assert ((0, 255),) * 3 == image.getextrema()


def test_a_flat_picture_stays_as_it_is(exact: Backbone) -> None:
    """Where there is nothing to stretch, nothing is divided by it."""
    grey = Image.new("RGB", (40, 40), (127, 127, 127))
    image = deprocess(preprocess(grey, (40, 40), exact), exact)
    assert ((127, 127),) * 3 == image.getextrema()
