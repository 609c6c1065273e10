"""The pictures a painting is made from, as tensors at whatever size a scale needs."""

from collections.abc import Sequence

from PIL import Image
from torch import Tensor

from engine.nst.tensors import flattened, masks_to_tensor, to_tensor
from engine.runner import Device
from pictures.masks import regions
from pictures.sizes import scaled


class Originals:
    """Content, styles and the start, resized from the originals with Lanczos each time."""

    def __init__(
        self,
        content: Image.Image,
        styles: list[Image.Image],
        start: Image.Image | None,
        device: Device,
        masks: Sequence[Image.Image] = (),
        *,
        styles_rest: bool = True,
    ) -> None:
        """`start` is the picture to begin with; None begins with the content.

        `masks` (mode L) are white where a region is; `styles_rest` makes one of what they leave.
        """
        self._content = flattened(content)
        self._styles = [flattened(style) for style in styles]
        self._start = self._content if start is None else flattened(start)
        self._masks, self._styles_rest = masks, styles_rest
        self._device = device
        # The start is the content as a rule, and each is asked for more than once.
        self._resized: dict[tuple[int, tuple[int, int]], Tensor] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the content in px."""
        return self._content.size

    def content(self, canvas: tuple[int, int]) -> Tensor:
        """(1, 3, H, W) in [0, 1] for a canvas (width, height)."""
        return self._tensor(self._content, canvas)

    def start(self, canvas: tuple[int, int]) -> Tensor:
        """(1, 3, H, W) in [0, 1] for a canvas (width, height)."""
        return self._tensor(self._start, canvas)

    def style(self, number: int, long_side: int) -> Tensor:
        """(1, 3, h, w) in [0, 1], in its own aspect with `long_side` px."""
        style = self._styles[number]
        # Asked for once a size, and it may be larger than all the rest.
        size = scaled(style.size, long_side, min_side=1)
        return self._placed(style.resize(size, Image.Resampling.LANCZOS))

    def regions(self, canvas: tuple[int, int]) -> Tensor | None:
        """(1, R, H, W) in [0, 1] for a canvas (width, height); None without masks."""
        if not self._masks:
            return None
        found = regions(self._masks, canvas, rest=self._styles_rest)
        return self._device.place(masks_to_tensor(found))

    def kept_outside(self, painted: Image.Image) -> Image.Image:
        """The painted picture (RGB), and the content where no style has a region."""
        if not self._masks or self._styles_rest:
            return painted
        content = self._content.resize(painted.size, Image.Resampling.LANCZOS)
        return Image.composite(content, painted, regions(self._masks, painted.size, rest=True)[-1])

    def _tensor(self, picture: Image.Image, size: tuple[int, int]) -> Tensor:
        key = id(picture), size
        if key not in self._resized:
            self._resized[key] = self._placed(picture.resize(size, Image.Resampling.LANCZOS))
        return self._resized[key]

    def _placed(self, picture: Image.Image) -> Tensor:
        return self._device.place(to_tensor(picture, self._device.torch_device))
