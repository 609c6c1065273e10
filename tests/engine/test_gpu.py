"""On a GPU: captured steps paint what others paint, alone, in company and with few digits."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from config.settings import load_settings
from engine.backbone_cache import BackboneCache
from engine.backbones import Backbone
from engine.engine import Engine
from engine.estimates import Estimates
from engine.nst import style_cache
from engine.nst.captured import Captures
from engine.nst.optimisers import Adam
from engine.nst.transfer import Transfer
from engine.outcomes import Broken, Completed
from engine.painted import Painted
from engine.runner import pick_device
from engine.sources import Pictures
from engine.weights import Weights, WeightsSource
from jobs.job import StyleJob
from jobs.recipe import Recipe, Scale, Style
from jobs.request import Wish, make_recipe

from .conftest import picture, random_weights, restless

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
    # CUDA, cuDNN and Triton warn of what differs by version and card.
    pytest.mark.filterwarnings("default"),
]
STEPS = 20


def backbone(**engine: Any) -> Backbone:
    """SqueezeNet 1.0 with random weights."""
    device = pick_device(load_settings(engine={"device": "auto", **engine}).engine)
    weights = Weights(
        random_weights("squeezenet1_0"), WeightsSource("random", "0" * 64), Path("random")
    )
    return Backbone("squeezenet1_0", weights, device)


def recipe(**changes: Any) -> Recipe:
    """Of one scale."""
    wish = Wish(backbone="squeezenet1_0", styles=["0" * 64], seed=1, size=128)
    scales = (Scale(fraction=1, steps=STEPS),)
    return make_recipe(wish, load_settings()).model_copy(update={"scales": scales, **changes})


def walkers(network: Backbone, count: int, **changes: Any) -> list[Transfer]:
    """Of photos and paintings that no other number has."""
    found = []
    wanted = recipe(**changes)
    for number in range(count):
        photo = picture(128, 96, number)
        styles = [picture(100, 100, number + 50 * k) for k, _ in enumerate(wanted.styles, 1)]
        masks = [picture(128, 96, number + 9).convert("L") for _ in wanted.masks]
        captures = Captures() if network.device.captures else None
        found.append(Transfer(wanted, photo, styles, network, captures=captures, masks=masks))
    return found


def painted(walker: Transfer) -> Image.Image:
    """All of its steps, in strides."""
    while not walker.done:
        walker.step(walker.backbone.device.stride)
    return walker.picture()


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam"},
        {"optimizer": "lbfgs"},
        {"styles": (Style(digest="5" * 64, mask="a" * 64), Style(digest="6" * 64))},
    ],
)
def test_in_company_as_alone(changes: dict[str, Any]) -> None:
    """In float32 after twenty steps, in a captured batch with an empty place.

    A batch is convolved by other routines than a picture alone, and steps make more of that.
    """
    network = backbone(precision="float32")
    alone, met = (walkers(network, 3, **changes) for _ in range(2))
    for walker in alone:
        painted(walker)
    captures = Captures()
    losses = captures.advance(network, met, STEPS)
    for walker, each in zip(met, losses, strict=True):
        walker.stepped(STEPS, each)
    off = [float((a.image - b.image).abs().mean()) for a, b in zip(alone, met, strict=True)]
    assert max(off) < 5e-3
    for one, other in zip(alone, met, strict=True):
        expected = pytest.approx(one.finished_losses().total, rel=0.02)
        assert expected == other.finished_losses().total


@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_as_on_a_cpu(precision: str) -> None:
    """The losses of the finished picture are those of the plain path, few digits or many."""
    (plain,) = walkers(backbone(device="cpu"), 1)
    (quick,) = walkers(backbone(precision=precision), 1)
    painted(plain)
    painted(quick)
    initial = pytest.approx(plain.initial_losses.total, rel=0.02)
    assert initial == quick.initial_losses.total
    expected = pytest.approx(plain.finished_losses().total, rel=0.1)
    assert expected == quick.finished_losses().total


class OneBackbone(BackboneCache):
    """Always gives the same backbone, whatever is asked for."""

    def __init__(self, network: Backbone) -> None:
        super().__init__(load_settings().engine, network.device)
        self._one = network

    def get(self, asked: str, *, stand_in: bool = True) -> Backbone:
        """The one."""
        return self._one


def job(seed: int) -> StyleJob:
    """Of two scales."""
    scales = (Scale(fraction=0.5, steps=30), Scale(fraction=1, steps=30))
    wanted = recipe(scales=scales, styles=(Style(digest=f"{seed:064x}"),))
    return StyleJob(
        id=f"{seed:032x}",
        recipe=wanted,
        content="0" * 64,
        canvas=(128, 96),
        user="u",
        bot="b",
        channel_id=1,
        message_id=1,
    )


def png(image: Image.Image) -> bytes:
    """A file as the store has it."""
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def painted_by(engine: Engine, seeds: Sequence[int]) -> dict[str, Painted]:
    """Each seed has a photo and a painting of its own."""
    for seed in seeds:
        photo, style = picture(128, 96, seed), picture(100, 100, seed + 50)
        engine.add(job(seed), Pictures(png(photo), (png(style),)))
    found = {}
    while engine.busy:
        for event in engine.step():
            assert not isinstance(event, Broken), event.error
            if isinstance(event, Completed):
                found[event.job] = event.painted
    return found


def test_threads_beside_change_no_picture() -> None:
    """Twelve at once, prepared and finished beside each other's steps, against one by one."""
    network = backbone()
    settings = load_settings(engine={"device": "cuda", "slots": 4})
    with restless():
        together = painted_by(Engine(settings, OneBackbone(network), Estimates()), range(12))
    for seed in range(12):
        engine = Engine(settings, OneBackbone(network), Estimates())
        (alone,) = painted_by(engine, [seed]).values()
        other = together[f"{seed:032x}"]
        assert pytest.approx(alone.initial_losses.total, rel=0.01) == other.initial_losses.total
        assert pytest.approx(alone.losses.total, rel=0.1) == other.losses.total


def beside(device: torch.device, work: Callable[[], Any]) -> Any:
    """What `work` gives on another stream, when it is there."""
    stream = torch.cuda.Stream(device, -1)
    with torch.cuda.stream(stream):
        found = work()
        stream.synchronize()
    return found


def test_what_a_hand_made_is_read_before_its_memory_goes_to_others() -> None:
    """A picture sits down behind a long stride, and another begins meanwhile."""
    device = pick_device(load_settings(engine={"device": "cuda"}).engine).torch_device

    def full(value: float) -> torch.Tensor:
        return torch.full((1, 3, 512, 512), value, device=device)

    sitter = beside(device, lambda: Adam(full(0.25), 0.1))
    room = sitter.room_for(4)
    torch.cuda.synchronize()
    torch.cuda._sleep(400_000_000)
    sitter.move_into(room, 0)
    others = beside(device, lambda: [full(0.75) for _ in range(4)])
    torch.cuda.synchronize()
    assert pytest.approx(0.25) == room.image[0].mean().item()
    assert 4 == len(others)


def test_a_style_is_there_when_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread looks at it, and another finds it in the cache."""
    network = backbone()
    device = network.device.torch_device

    def late(*_: Any) -> dict[str, torch.Tensor]:
        torch.cuda._sleep(400_000_000)
        return {"fire2": torch.ones(1, 64, 64, device=device)}

    monkeypatch.setattr(style_cache, "grams_of", late)
    cache = style_cache.StyleCache()
    junk = [torch.zeros(1, 64, 64, device=device) for _ in range(3)]
    del junk
    torch.cuda.synchronize()
    one, two = torch.cuda.Stream(device), torch.cuda.Stream(device)

    def grams() -> torch.Tensor:
        return cache.grams(network, "0" * 64, 1, ["fire2"], lambda: torch.zeros(1))["fire2"]

    with torch.cuda.stream(one):
        grams()
    with torch.cuda.stream(two):
        seen = grams().clone()
        two.synchronize()
    assert pytest.approx(1.0) == seen.mean().item()
