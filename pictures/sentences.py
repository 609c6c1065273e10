"""What is wrong with a picture, in a sentence that says what to do."""

from collections.abc import Callable
from typing import Any

from pictures import errors
from pictures.errors import PictureError
from pictures.kinds import Kind

_TAKEN = "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF"
_ANSWERS: dict[Kind, str] = {
    Kind.EMPTY: "This file is empty. Attach it again, please.",
    Kind.HEIC: (
        "This is a HEIC photo, as iPhones make them, and I cannot open those. Share it as JPEG: "
        "a screenshot of it, or Settings > Camera > Formats > Most Compatible, does it."
    ),
    Kind.VIDEO: "This is a video. Send a still picture of it, such as a screenshot.",
    Kind.SVG: f"This is an SVG drawing. Export it as PNG and send that; I take {_TAKEN}.",
}


def sentence(error: PictureError) -> str:
    """What `error` means to somebody who sent the picture."""
    for kind, words in _SENTENCES.items():
        if isinstance(error, kind):
            return words(error)
    return f"This picture cannot be used. Send it as {_TAKEN}."


def _not_an_image(error: Any) -> str:
    if error.guess in _ANSWERS:
        return _ANSWERS[error.guess]
    what = f"This looks like {_article(error.guess)}" if error.guess else "This is not a picture"
    return f"{what}. Send a photo as {_TAKEN}."


def _article(kind: Kind) -> str:
    """`a PDF file`, `an icon`, `text`."""
    if kind in {Kind.TEXT, Kind.AUDIO, Kind.OTHER_IMAGE, Kind.RAW}:
        return {
            Kind.RAW: "a camera's raw file",
            Kind.OTHER_IMAGE: "a kind of picture that I do not know",
        }.get(kind, str(kind))
    name = f"{kind} file" if kind.value[0].isupper() else kind.value
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _bomb(error: Any) -> str:
    if error.part:
        return (
            "This file carries far too much data besides its picture. Open it in a picture editor, "
            "save it as a new JPEG or PNG, and send that."
        )
    return (
        "This small file would unpack to an enormous picture, so I have not opened it. Save the "
        "picture as a normal JPEG or PNG and send that."
    )


_SENTENCES: dict[type[PictureError], Callable[[Any], str]] = {
    errors.NotAnImage: _not_an_image,
    errors.UnreadableImage: lambda error: (
        f"This {error.format} picture is damaged or cut off, so I cannot open it. Save or download "
        "it again, and send the new file."
    ),
    errors.TooManyBytes: lambda error: (
        f"This file has {_megabytes(error.size)} MB, and I take up to "
        f"{_megabytes(error.limit)} MB. Make it smaller, or save it as JPEG, and send that."
    ),
    errors.TooManyPixels: lambda error: (
        f"This picture is {error.width}×{error.height} px, and I take up to "
        f"{error.limit / 1e6:.0f} million pixels. Make it smaller and send it again."
    ),
    errors.DecompressionBomb: _bomb,
    errors.TooManyParts: lambda _: (
        "This file is put together from far too many pieces. Open it in a picture editor, save it "
        "as a new JPEG or PNG, and send that."
    ),
    errors.TooSmall: lambda error: (
        f"This picture is only {error.width}×{error.height} px. Send one with at least "
        f"{error.min_side} px on each side."
    ),
    errors.TooNarrow: lambda error: (
        f"This picture is a strip of {error.width}×{error.height} px. Crop it so that its long "
        f"side is at most {error.max_aspect:g} times its short side."
    ),
    errors.WrongShape: lambda error: (
        f"This mask is {error.width}×{error.height} px and the photo "
        f"{error.photo_width}×{error.photo_height}, which is another shape. Draw the mask over "
        "the photo, so that both have the same shape."
    ),
    errors.EmptyMask: lambda _: (
        "This mask is black everywhere, so its style has no place. Draw white where the style "
        "belongs; where a mask has transparency, that counts in place of its colours."
    ),
    errors.NothingLeft: lambda _: (
        "The masks leave no place for the style without a mask. Draw black where that belongs, or "
        "leave that style out."
    ),
    errors.TooSlow: lambda error: (
        f"Opening this picture took more than {error.seconds:g} seconds, so I gave up. Save it as "
        "a normal JPEG or PNG and send that."
    ),
    errors.TooMuchMemory: lambda _: (
        "This picture needs too much memory to open. Make it smaller, or save it as JPEG, and "
        "send that."
    ),
    errors.CannotFit: lambda error: (
        f"The finished picture does not fit into {_megabytes(error.limit)} MB. Ask for a smaller "
        "size."
    ),
}


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f}".removesuffix(".0")
