"""Loading a backbone: the order of sources, the stand-in, and what a picture's features are."""

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from structlog.testing import capture_logs

from engine import weights
from engine.backbone_cache import BackboneCache
from engine.backbones import Backbone, load_backbone
from engine.errors import BadWeights, NoStandIn
from engine.runner import Device
from engine.torchvision_import import torchvision_models
from jobs.layers import LAYERS
from tests.engine.conftest import engine_settings, random_weights


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's cache is a folder of the test's own."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))


def test_a_safetensors_file_comes_first(tmp_path: Path, device: Device) -> None:
    """Before a .pth beside it; its name and SHA-256 are told."""
    path = tmp_path / "squeezenet1_1.safetensors"
    save_file(random_weights("squeezenet1_1"), path)
    (tmp_path / "squeezenet1_1.pth").write_bytes(b"not looked at")
    backbone = load_backbone("squeezenet1_1", engine_settings(weights_dir=str(tmp_path)), device)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert ("squeezenet1_1", "file squeezenet1_1.safetensors", sha256) == (
        backbone.name,
        backbone.weights.source,
        backbone.weights.sha256,
    )


def test_a_pth_file_is_read_too(tmp_path: Path, device: Device) -> None:
    """torchvision's own kind of file, with a classifier that is left out."""
    held = {**random_weights("squeezenet1_1"), "classifier.1.bias": torch.zeros(1000)}
    torch.save(held, tmp_path / "squeezenet1_1.pth")
    backbone = load_backbone("squeezenet1_1", engine_settings(weights_dir=str(tmp_path)), device)
    assert "file squeezenet1_1.pth" == backbone.weights.source


def test_torchvisions_cache_comes_next(tmp_path: Path, device: Device) -> None:
    """A file whose SHA-256 begins as its name says is taken without a download."""
    cached = _cache(tmp_path)
    backbone = load_backbone("squeezenet1_1", engine_settings(), device)
    assert f"torchvision's cache, {cached.name}" == backbone.weights.source


def test_a_damaged_file_of_the_cache_is_passed_over(tmp_path: Path, device: Device) -> None:
    """The log says so, and the next source is asked."""
    cached = _cache(tmp_path)
    cached.write_bytes(cached.read_bytes()[:-1])
    with capture_logs() as logs:
        backbone = load_backbone("squeezenet1_1", engine_settings(), device)
    assert "vgg19_original" == backbone.name
    assert "cached_weights_damaged" in [entry["event"] for entry in logs]


def _cache(tmp_path: Path) -> Path:
    """A file of random weights where torchvision would have put it."""
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    plain = folder / "new.pth"
    torch.save(random_weights("squeezenet1_1"), plain)
    sha256 = hashlib.sha256(plain.read_bytes()).hexdigest()
    return plain.rename(folder / f"squeezenet1_1-{sha256[:8]}.pth")


def test_without_weights_the_stand_in_paints_and_the_log_says_why(device: Device) -> None:
    """Never a silent difference."""
    with capture_logs() as logs:
        backbone = load_backbone("vgg16", engine_settings(), device)
    (entry,) = [entry for entry in logs if entry["event"] == "backbone_stand_in"]
    assert ("vgg19_original", "vgg16", "vgg19_original") == (
        backbone.name,
        entry["asked"],
        entry["used"],
    )
    assert "no folder is named, and downloads are switched off" == entry["why"]


def test_where_nothing_may_stand_in_there_is_a_sentence(device: Device) -> None:
    """It names the network and says what to do, and no other is loaded."""
    with capture_logs() as logs, pytest.raises(NoStandIn) as caught:
        load_backbone("squeezenet1_1", engine_settings(), device, stand_in=False)
    said = [word in str(caught.value) for word in ("squeezenet1_1.pth", "ATELIER_ENGINE__WEIGHTS")]
    assert ([True, True], []) == (said, logs)


def test_the_cache_of_backbones_knows_a_stand_in(device: Device) -> None:
    """One that stands in already is no answer where nothing may."""
    cache = BackboneCache(engine_settings(), device)
    assert "vgg19_original" == cache.get("squeezenet1_1").name
    with pytest.raises(NoStandIn):
        cache.get("squeezenet1_1", stand_in=False)


def test_plain_features_are_those_of_torchvision(device: Device, tmp_path: Path) -> None:
    """Edges included, of a picture in the colours that the network was trained on."""
    weights = random_weights("squeezenet1_1")
    save_file(weights, tmp_path / "squeezenet1_1.safetensors")
    backbone = load_backbone("squeezenet1_1", engine_settings(weights_dir=str(tmp_path)), device)
    theirs = torchvision_models().squeezenet1_1(weights=None).features.eval()
    theirs.load_state_dict({key.removeprefix("features."): w for key, w in weights.items()})
    theirs.to(memory_format=device.memory_format)
    image = torch.rand(1, 3, 37, 50, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs[:5](image)
        found = backbone.plain_features(image, ["fire3"])["fire3"]
    assert torch.equal(expected, found)


def test_normalised_and_back(random_backbone: Backbone) -> None:
    """A picture comes back as it was."""
    image = torch.rand(1, 3, 4, 5)
    back = random_backbone.denormalised(random_backbone.normalised(image))
    assert torch.allclose(image, back, atol=1e-6)


def test_downloads_switched_off_never_touch_the_network(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the download nor the table of addresses is asked."""
    asked: list[object] = []
    monkeypatch.setattr(weights, "download", lambda *given: asked.append(given))
    monkeypatch.setattr(weights, "torchvision_models", lambda: asked.append("models"))
    load_backbone("vgg16", engine_settings(), device)
    assert [] == asked


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_a_corrupt_file_is_an_error_and_not_passed_over(
    tmp_path: Path, device: Device, suffix: str
) -> None:
    """An operator who put it there learns of it, in a sentence with its path."""
    path = tmp_path / f"squeezenet1_0.{suffix}"
    path.write_bytes(b"\x80garbage" * 40)
    with pytest.raises(BadWeights) as caught:
        load_backbone("squeezenet1_0", engine_settings(weights_dir=str(tmp_path)), device)
    assert str(caught.value).startswith(f"{path} does not hold the weights of squeezenet1_0: ")
    assert "\n" not in str(caught.value)


def test_another_networks_weights_are_an_error(tmp_path: Path, device: Device) -> None:
    """The sentence says which tensor does not fit."""
    save_file(random_weights("squeezenet1_1"), tmp_path / "squeezenet1_0.safetensors")
    with pytest.raises(BadWeights, match=r"features\."):
        load_backbone("squeezenet1_0", engine_settings(weights_dir=str(tmp_path)), device)


def test_a_file_that_holds_no_tensors_is_an_error(tmp_path: Path, device: Device) -> None:
    """A whole .pth of something else."""
    torch.save([1, 2], tmp_path / "vgg19.pth")
    with pytest.raises(BadWeights, match="it holds no table of tensors"):
        load_backbone("vgg19", engine_settings(weights_dir=str(tmp_path)), device)


def test_features_are_those_asked_for(random_backbone: Backbone) -> None:
    """By name, with half the picture's size at the first layer."""
    found = random_backbone.features(torch.rand(2, 3, 40, 32), ["fire2", "relu1"])
    assert {"relu1", "fire2"} == set(found)
    assert (2, 96, 20, 16) == tuple(found["relu1"].shape)


def test_no_gradient_reaches_the_weights(random_backbone: Backbone) -> None:
    """Only the picture has one."""
    assert {False} == {each.requires_grad for each in random_backbone.network.parameters()}


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (5, 60)])
def test_a_tiny_picture_has_every_layer(random_backbone: Backbone, size: tuple[int, int]) -> None:
    """Down to the deepest there is at least one place."""
    found = random_backbone.features(torch.rand(1, 3, *size), LAYERS["squeezenet1_0"])
    assert min(min(each.shape[-2:]) for each in found.values()) >= 1


def test_vgg19_original_sees_pictures_as_caffe_did(original: Backbone) -> None:
    """RGB in [0, 1] becomes 0..255 less the mean colour."""
    image = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    mean = torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1)
    conv = original.network.features[0]
    with torch.no_grad():
        expected = torch.relu(conv(image * 255 - mean))
        found = original.features(image, ["relu1_1"])["relu1_1"]
    assert torch.allclose(expected, found, rtol=1e-4, atol=1e-2)
