"""The pictures that a painting is made from."""

from dataclasses import dataclass, field

from PIL import Image

from pictures.open import open_normalised


@dataclass(frozen=True)
class Pictures:
    """What a painting is made from: PNGs that `pictures.read` made.

    `styles` and `masks` are the recipe's, in its order.
    """

    content: bytes
    styles: tuple[bytes, ...]
    init: bytes | None = None
    masks: tuple[bytes, ...] = ()
    _opened: dict[bytes, Image.Image] = field(default_factory=dict, repr=False, compare=False)

    def open(self, max_pixels: int) -> None:
        """Decode all of them now; in any thread, so that a painting need not wait for it.

        Raises UnreadableImage or TooManyPixels for pictures that are not the store's.
        """
        for file in (self.content, *self.styles, self.init, *self.masks):
            if file is not None:
                self.opened(file, max_pixels)

    def opened(self, file: bytes, max_pixels: int) -> Image.Image:
        """One of them, decoded once. Raises as `open`."""
        if file not in self._opened:
            self._opened[file] = open_normalised(file, max_pixels)
        return self._opened[file]

    @property
    def megapixels(self) -> float:
        """Of all of them, as their headers have it."""
        files = (self.content, *self.styles, *self.masks, self.init or b"")
        # Width and height stand in the first chunk, each in four bytes.
        sides = [(file[16:20], file[20:24]) for file in files]
        return sum(int.from_bytes(w) * int.from_bytes(h) for w, h in sides) / 1e6
