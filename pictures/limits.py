"""How much a stranger's picture may ask of this machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken, and how it is kept; the defaults live in config/settings.toml.

    max_bytes: the file, in bytes. max_pixels: width times height as stored. min_side: shortest
    side, px. max_aspect: longest side over shortest. keep_side: long side in px that pictures are
    shrunk to. seconds: time to open one, wall clock. memory_mib: address space of the process
    that opens one, MiB; about 40 of it are Python and Pillow.

    Raises ValueError for a limit that nothing could meet.
    """

    max_bytes: int
    max_pixels: int
    min_side: int
    max_aspect: float
    keep_side: int
    seconds: float
    memory_mib: int

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.max_aspect < 1:
            raise ValueError("max_aspect must be at least 1")
        if self.keep_side < self.min_side * self.max_aspect:
            raise ValueError("keep_side must be at least min_side times max_aspect")
