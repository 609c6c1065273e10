"""What can be wrong with a picture.

PictureError
├── NotAnImage              a PDF, a video, a HEIC photo, a web page, nothing at all ...
├── UnreadableImage         an image by its first bytes, but damaged or not decodable
├── TooManyBytes            the file is larger than is taken
├── TooManyPixels           an honest picture, but larger than is taken
├── DecompressionBomb       a small file that would unpack to something enormous
├── TooManyParts            a file made of far more pieces than any honest one
├── TooSmall                a side shorter than can be painted
├── TooNarrow               a strip: one side many times the other
├── WrongShape              a mask that is not of the photo's shape
├── EmptyMask               a mask that is black everywhere
├── NothingLeft             masks that leave no place for the style without one
├── TooSlow                 opening it took longer than is allowed
├── TooMuchMemory           opening it needs more memory than is allowed
└── CannotFit               a result that fits no limit, however small it is made

Each error carries data, not sentences, and has a stable `code`. `as_data` and `from_data` take it
through JSON, since pictures are decoded in a process of their own.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pictures.kinds import Kind


class PictureError(Exception):
    """This picture cannot be used."""

    code: ClassVar[str] = "picture"
    _by_code: ClassVar[dict[str, type["PictureError"]]] = {}

    def __init_subclass__(cls) -> None:
        PictureError._by_code[cls.code] = cls

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._fields().items())
        return f"{self.code}({fields})"

    __repr__ = __str__

    def _fields(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def as_data(self) -> dict[str, Any]:
        """The error as a JSON object: `code` and the fields its constructor takes."""
        return {"code": self.code, **self._fields()}

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> "PictureError":
        """The error that `as_data` described.

        Raises ValueError where it describes none.
        """
        fields = dict(data)
        kind = PictureError._by_code.get(str(fields.pop("code", "")))
        if kind is None:
            raise ValueError(f"no picture error: {data!r}")
        try:
            return kind(**fields)
        except TypeError as exc:
            raise ValueError(f"no picture error: {data!r}") from exc

    def __reduce__(self) -> tuple[Any, ...]:
        return PictureError.from_data, (self.as_data(),)


class NotAnImage(PictureError):
    """This is not a picture that can be opened here.

    `guess` names what the file seems to be, None where nobody knows.
    """

    code = "not_an_image"

    def __init__(self, guess: Kind | str | None = None) -> None:
        super().__init__()
        self.guess = None if guess is None else Kind(guess)


class UnreadableImage(PictureError):
    """This picture is damaged or cut off.

    `format` is what its first bytes claim; `detail` is for the log, never for a member.
    """

    code = "unreadable_image"

    def __init__(self, format: str, detail: str) -> None:  # noqa: A002 - Pillow's name for it
        super().__init__()
        self.format = format
        self.detail = detail


class TooManyBytes(PictureError):
    """This file is too large: `size` and `limit` in bytes."""

    code = "too_many_bytes"

    def __init__(self, size: int, limit: int) -> None:
        super().__init__()
        self.size = size
        self.limit = limit


class TooManyPixels(PictureError):
    """This picture is too large: sides in px, `limit` in pixels (width times height)."""

    code = "too_many_pixels"

    def __init__(self, width: int, height: int, limit: int) -> None:
        super().__init__()
        self.width = width
        self.height = height
        self.limit = limit


class DecompressionBomb(PictureError):
    """This file would unpack to something enormous.

    `size` is the file's in bytes. `part` names what grows beside the picture ("text", "icc") and
    is empty where it is the picture itself; `unpacked` is how much it would be at least, in bytes
    for a part and in pixels for the picture.
    """

    code = "decompression_bomb"

    def __init__(self, size: int, unpacked: int, part: str = "") -> None:
        super().__init__()
        self.size = size
        self.unpacked = unpacked
        self.part = part


class TooManyParts(PictureError):
    """This file is put together from more than `limit` pieces; `part` names their kind."""

    code = "too_many_parts"

    def __init__(self, part: str, limit: int) -> None:
        super().__init__()
        self.part = part
        self.limit = limit


class TooSmall(PictureError):
    """This picture is too small to paint: sides in px, each at least `min_side`."""

    code = "too_small"

    def __init__(self, width: int, height: int, min_side: int) -> None:
        super().__init__()
        self.width = width
        self.height = height
        self.min_side = min_side


class TooNarrow(PictureError):
    """This picture is too long and narrow: the long side is over `max_aspect` times the short."""

    code = "too_narrow"

    def __init__(self, width: int, height: int, max_aspect: float) -> None:
        super().__init__()
        self.width = width
        self.height = height
        self.max_aspect = max_aspect


class WrongShape(PictureError):
    """This mask is of another shape than the photo: sides of both in px."""

    code = "wrong_shape"

    def __init__(self, width: int, height: int, photo_width: int, photo_height: int) -> None:
        super().__init__()
        self.width = width
        self.height = height
        self.photo_width = photo_width
        self.photo_height = photo_height


class EmptyMask(PictureError):
    """This mask gives its style no place."""

    code = "empty_mask"


class NothingLeft(PictureError):
    """The masks leave no place for the style that has none."""

    code = "nothing_left"


class TooSlow(PictureError):
    """This picture took longer than `seconds` to open."""

    code = "too_slow"

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class TooMuchMemory(PictureError):
    """This picture needs more than `memory_mib` MiB of memory to open."""

    code = "too_much_memory"

    def __init__(self, memory_mib: int) -> None:
        super().__init__()
        self.memory_mib = memory_mib


class CannotFit(PictureError):
    """This result fits no file of `limit` bytes, however small it is made."""

    code = "cannot_fit"

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
