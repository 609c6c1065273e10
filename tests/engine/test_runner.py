"""The device: what is picked, how tensors lie, what a shortage of memory becomes."""

from dataclasses import replace

import pytest
import torch

from engine.errors import DeviceLost, NoSuchDevice, OutOfMemory
from engine.runner import Device, pick_device
from tests.engine.conftest import engine_settings


def test_threads_are_those_of_the_settings() -> None:
    """And the device's name says how many."""
    assert "cpu, 1 thread" == pick_device(engine_settings(threads=1)).name


def test_zero_threads_are_one_a_core(device: Device) -> None:
    """The default."""
    pick_device(engine_settings(threads=0))
    assert torch.get_num_threads() >= 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_device_that_is_not_there_is_refused_by_name() -> None:
    """The sentence says what there is."""
    with pytest.raises(NoSuchDevice, match=r"ATELIER_ENGINE__DEVICE is cuda:3.*It finds: .*cpu"):
        pick_device(engine_settings(device="cuda:3"))


def test_a_shortage_of_memory_becomes_an_error_of_ours(device: Device) -> None:
    """Asked for more bytes than any machine has, the allocator's error is turned into one."""
    with pytest.raises(OutOfMemory), device.memory_watched():
        torch.empty(1 << 60, dtype=torch.uint8)


def test_other_errors_pass_as_they_are(device: Device) -> None:
    """A wrong shape is no shortage."""
    with pytest.raises(RuntimeError, match="size"), device.memory_watched():
        torch.zeros(2) + torch.zeros(3)


def test_on_a_cpu_pictures_lie_pixel_by_pixel(device: Device) -> None:
    """Whatever they came from, to the stride of an axis along which there is one only."""
    pillows = torch.zeros(8, 6, 3).permute(2, 0, 1).unsqueeze(0)
    placed = [device.place(pixels).stride() for pixels in (pillows, torch.zeros(1, 3, 8, 6))]
    assert [(144, 1, 18, 3)] * 2 == placed


def test_slots_of_a_cpu(device: Device) -> None:
    """Two: the second is there so that a quick picture need not wait."""
    assert 2 == device.slots


@pytest.fixture
def lost(device: Device, monkeypatch: pytest.MonkeyPatch) -> Device:
    """A GPU that has been lost to a kernel's fault."""

    def refuse(_: torch.device) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(torch.cuda, "synchronize", refuse)
    return replace(device, torch_device=torch.device("cuda:0"))


def test_a_lost_gpu_is_to_blame(lost: Device) -> None:
    """Whatever was seen of it."""
    with pytest.raises(DeviceLost, match=r"illegal memory.*started again"), lost.blamed():
        raise ZeroDivisionError


def test_a_device_that_lives_is_not_to_blame(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is what it was."""
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    for alive in (device, replace(device, torch_device=torch.device("cuda:0"))):
        with pytest.raises(ZeroDivisionError), alive.blamed():
            raise ZeroDivisionError


def test_there_is_memory(device: Device) -> None:
    """Some of it is free."""
    assert device.free_bytes() > 0


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_a_gpu_pictures_lie_channels_last() -> None:
    """Which is what its tensor cores like."""
    placed = pick_device(engine_settings(device="cuda")).place(torch.zeros(1, 3, 8, 8))
    assert placed.is_contiguous(memory_format=torch.channels_last)
