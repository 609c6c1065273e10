"""Where tensors live: the one place that knows device, dtype, memory format and threads."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from config.settings import Engine
from engine import host_memory
from engine.errors import DeviceLost, NoSuchDevice, OutOfMemory
from engine.streams import streams_of

T = TypeVar("T")

_BFLOAT16 = (8, 0)
"""The compute capability from which on tensor cores take bfloat16."""


class Mark(Protocol):
    """A moment in what a device was asked for."""

    def query(self) -> bool:
        """Whether all before it is done."""

    def synchronize(self) -> None:
        """Wait until it is."""


class _Passed:
    """The mark of a device that does everything at once."""

    def query(self) -> bool:
        return True

    def synchronize(self) -> None:
        pass


_PASSED = _Passed()


@dataclass(frozen=True)
class Device:
    """A device and how tensors lie on it."""

    torch_device: torch.device
    dtype: torch.dtype = torch.float32
    """Of pictures, losses and optimisers."""
    network_dtype: torch.dtype = torch.float32
    """Of the activations; where it is not `dtype`, the networks are fused, see engine.fused."""
    captures: bool = False
    """Whether steps are worth to be captured: see `captured`."""
    whole_side: int | None = None
    """Pictures of more px than this, squared, go through a network by tiles; None: never."""
    tile_side: int = 512
    """Px, of what a tile has for itself."""

    @property
    def name(self) -> str:
        """In words, as captions and logs say it: `cpu, 2 threads` or the GPU's own name."""
        kind = self.torch_device.type
        if kind == "cuda":
            return torch.cuda.get_device_name(self.torch_device)
        if kind == "cpu":
            threads = torch.get_num_threads()
            return f"cpu, {threads} thread{'s' if threads > 1 else ''}"
        return kind

    @property
    def memory_format(self) -> torch.memory_format:
        """Channels last is what tensor cores and oneDNN's convolutions like (measured)."""
        if self.torch_device.type in ("cuda", "cpu"):
            return torch.channels_last
        return torch.contiguous_format

    def place(self, tensor: Tensor) -> Tensor:
        """`tensor` on this device; pictures and kernels, which have four axes, in its format."""
        if tensor.ndim == 4:
            # `to` leaves some strides of a single picture as they are, and `contiguous` that of its
            # first axis; sums differ by that.
            moved = tensor.to(self.torch_device, self.dtype)
            return moved.clone(memory_format=self.memory_format)
        return tensor.to(self.torch_device, self.dtype)

    def place_module(self, module: torch.nn.Module) -> None:
        """Move the frozen `module` here, in place."""
        module.requires_grad_(False).eval()
        module.to(self.torch_device, self.dtype)
        if self.memory_format is torch.channels_last:
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # documented

    @property
    def stride(self) -> int:
        """Steps between two looks of the host: a GPU must not wait for it after each."""
        return 10 if self.captures else 1

    def captured(self, work: Callable[[], None]) -> Callable[[], None]:
        """What does `work` once a call; on a GPU soon as one graph, see Streams.captured."""
        if self.torch_device.type != "cuda":
            return work
        return streams_of(self.torch_device).captured(work)

    def for_another_thread(self, work: Callable[[], T]) -> Callable[[], T]:
        """`work` for a thread beside the one that steps; see Streams.for_another_thread."""
        if self.torch_device.type != "cuda":
            return work
        return streams_of(self.torch_device).for_another_thread(work)

    def mark(self) -> "Mark":
        """Where this thread is now in what it has the device do; see Streams.mark."""
        return _PASSED if self.torch_device.type != "cuda" else streams_of(self.torch_device).mark()

    def settle(self) -> None:
        """Wait for what this thread has asked for, so that others may read what it made."""
        if self.torch_device.type == "cuda":
            torch.cuda.current_stream(self.torch_device).synchronize()

    def arriving(self, numbers: Tensor) -> Callable[[], Any]:
        """What gives `numbers`, as they are now, as a list; see Streams.arriving."""
        if self.torch_device.type != "cuda":
            found = numbers.tolist()
            return lambda: found
        return streams_of(self.torch_device).arriving(numbers)

    @property
    def slots(self) -> int:
        """Paintings in work at once where nobody says otherwise.

        A GPU is filled by many, and half of them may be at another canvas; on a CPU the second is
        there so that a quick one need not wait.
        """
        return 64 if self.torch_device.type == "cuda" else 2

    def free_bytes(self) -> int:
        """Memory that can still be had, what the allocator keeps for itself included."""
        if self.torch_device.type != "cuda":
            return host_memory.available()
        free, _ = torch.cuda.mem_get_info(self.torch_device)
        kept = torch.cuda.memory_reserved(self.torch_device)
        return free + kept - torch.cuda.memory_allocated(self.torch_device)

    @contextmanager
    def memory_watched(self) -> Iterator[None]:
        """Turn a shortage of memory inside into OutOfMemory, with what can be freed freed."""
        try:
            yield
        except (torch.OutOfMemoryError, MemoryError) as error:
            self.free()
            raise OutOfMemory from error
        except RuntimeError as error:
            # The CPU allocator raises a plain RuntimeError.
            if "not enough memory" not in str(error) and "can't allocate" not in str(error):
                raise
            self.free()
            raise OutOfMemory from error

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Turn any error inside into DeviceLost where it has left the device of no use."""
        try:
            yield
        except Exception:
            self.must_live()
            raise

    def must_live(self) -> None:
        """Raises DeviceLost where nothing more can be done: a GPU stays in a kernel's fault."""
        if self.torch_device.type != "cuda":
            return
        try:
            torch.cuda.synchronize(self.torch_device)
        except RuntimeError as error:
            raise DeviceLost(str(error)) from error

    def free(self) -> None:
        """Give memory that the allocator keeps back to the device."""
        if self.torch_device.type == "cuda":
            torch.cuda.empty_cache()


def pick_device(engine: Engine) -> Device:
    """The device that the settings ask for, and the CPU threads set.

    Raises NoSuchDevice where the machine lacks it.
    """
    torch.set_num_threads(engine.threads or cores())
    found = _found()
    wanted = found[0] if engine.device == "auto" else engine.device
    if wanted not in found and not (wanted == "cuda" and "cuda:0" in found):
        raise NoSuchDevice(wanted, found)
    device = torch.device("cuda:0" if wanted == "cuda" else wanted)
    if device.type != "cuda":
        return Device(device, whole_side=engine.whole_side, tile_side=engine.tile_side)
    # Kernels of our own run on the thread's device.
    torch.cuda.set_device(device)
    # Where float32 is asked for, convolutions keep all of its digits, too.
    torch.backends.cudnn.allow_tf32 = False
    half = engine.precision == "auto" and torch.cuda.get_device_capability(device) >= _BFLOAT16
    digits = torch.bfloat16 if half else torch.float32
    return Device(
        device,
        network_dtype=digits,
        captures=True,
        whole_side=engine.whole_side,
        tile_side=engine.tile_side,
    )


def _found() -> tuple[str, ...]:
    """Devices of this machine, the best first."""
    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    metal = ["mps"] if torch.backends.mps.is_available() else []
    return (*gpus, *metal, "cpu")


def cores() -> int:
    """Cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
