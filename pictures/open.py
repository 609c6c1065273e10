"""Opening and sizing pictures that `pictures.read` made, for those who paint them."""

from io import BytesIO

from PIL import Image, ImageStat

from pictures.chunks import PNG_MAGIC
from pictures.errors import TooManyPixels, UnreadableImage
from pictures.sizes import scaled


def open_normalised(png: bytes, max_pixels: int) -> Image.Image:
    """The loaded picture (RGB or RGBA, 8 bits) in a PNG out of the store.

    Only for what `pictures.read` made: strangers' files are opened there, in another process.

    Raises UnreadableImage for anything but such a PNG, TooManyPixels (width times height) before
    anything is decoded.
    """
    if not png.startswith(PNG_MAGIC) or png[12:16] != b"IHDR":
        raise UnreadableImage("PNG", "not one of our own pictures")
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    if width * height > max_pixels:
        raise TooManyPixels(width, height, max_pixels)
    try:
        with Image.open(BytesIO(png), formats=["PNG"]) as image:
            image.load()
    except (OSError, SyntaxError, ValueError) as exc:
        raise UnreadableImage("PNG", f"{type(exc).__name__}: {exc}") from exc
    if image.mode not in {"RGB", "RGBA"}:
        raise UnreadableImage("PNG", f"mode {image.mode} is none of ours")
    return image


def resize_to(image: Image.Image, long_side: int, min_side: int) -> Image.Image:
    """The picture at the size `scaled` gives: same aspect, long side at `long_side` px.

    Lanczos, alpha premultiplied, so that invisible colours do not bleed into visible ones. A
    smaller picture is enlarged: it is painted at the size that was asked for.
    """
    size = scaled(image.size, long_side, min_side)
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def opaque(image: Image.Image) -> Image.Image:
    """The picture as RGB; where it is transparent, the mean of its visible colours shows.

    A painter then finds nothing there to paint, neither a black hole nor hidden leftovers.
    """
    if image.mode != "RGBA":
        return image.convert("RGB")
    alpha = image.getchannel("A")
    colours = image.convert("RGB")
    # Half opaque counts as visible; the statistics' mask knows only yes and no.
    visible = ImageStat.Stat(colours, alpha.point([255 * (value > 127) for value in range(256)]))
    mean = tuple(round(value) for value in visible.mean) if visible.count[0] else (128, 128, 128)
    return over(image, mean)


def over(image: Image.Image, background: tuple[int, ...]) -> Image.Image:
    """The picture as RGB, laid over a plain colour (red, green, blue, 0..255)."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    flat = Image.new("RGB", image.size, background)
    flat.paste(image, mask=image.getchannel("A"))
    return flat
