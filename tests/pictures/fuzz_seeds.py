"""What the damage starts from: sound files of each format, and files of formats not taken."""

import zlib
from functools import cache
from random import Random

from PIL import Image

from .hostile import bmp, lut_profile
from .making import file, wide_profile

MAGIC = {
    "JPEG": b"\xff\xd8\xff\xe0",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "WEBP": b"RIFF\xff\xff\xff\x7fWEBPVP8 ",
    "GIF": b"GIF89a",
    "BMP": b"BM" + bytes(12) + b"\x28\0\0\0",
    "TIFF": b"II*\0\x08\0\0\0",
    "BigTIFF": b"MM\0+\0\x08\0\0",
    "AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
}


def _noise(size: tuple[int, int] = (61, 47)) -> Image.Image:
    # Not Pillow's noise, which is another one each time: a seed has to give the same files.
    small = Image.frombytes("RGB", (20, 16), Random(0).randbytes(20 * 16 * 3))
    return small.resize(size, Image.Resampling.BICUBIC)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return exif


@cache
def seeds() -> dict[str, bytes]:
    """Sound files of each format, each mode and each way of packing, all small."""
    image, grey = _noise(), _noise().convert("L")
    alpha = image.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(image.size))
    paletted = image.quantize(7)
    full = {"exif": _exif(), "icc_profile": wide_profile()}
    found: dict[str, bytes] = {}

    def add(name: str, picture: Image.Image, format_: str, **options: object) -> None:
        found[name] = file(picture, format_, **options)

    add("jpeg", image, "JPEG", **full)
    add("jpeg progressive", image, "JPEG", progressive=True, **full)
    add("jpeg restarts", image, "JPEG", restart_marker_blocks=2, subsampling="4:4:4")
    add("jpeg grey", grey, "JPEG", comment=b"hello")
    add("jpeg ink", image.convert("CMYK"), "JPEG", icc_profile=lut_profile(4, 5, b"CMYK"))
    add("jpeg pair", image, "MPO", save_all=True, append_images=[image])
    for name, picture in {
        "": image,
        " alpha": alpha,
        " grey": grey,
        " grey alpha": alpha.convert("LA"),
        " deep": grey.convert("I;16"),
        " black": grey.convert("1"),
    }.items():
        add(f"png{name}", picture, "PNG", **full)
    add("png palette", paletted, "PNG", transparency=bytes(range(7)))
    add("png animated", image, "PNG", save_all=True, append_images=[image.rotate(90)])
    add("png table", image, "PNG", icc_profile=lut_profile(3, 9))
    for name, picture in {"": image, " alpha": alpha}.items():
        add(f"webp{name}", picture, "WEBP", **full)
        add(f"webp lossless{name}", picture, "WEBP", lossless=True, **full)
        add(f"avif{name}", picture, "AVIF", speed=10, **full)
    add("webp animated", image, "WEBP", save_all=True, append_images=[alpha, image.rotate(90)])
    add("avif animated", image, "AVIF", speed=10, save_all=True, append_images=[image.rotate(90)])
    add("gif", paletted, "GIF", transparency=3)
    add("gif grey", grey, "GIF", interlace=0)
    add("gif animated", image, "GIF", save_all=True, append_images=[image.rotate(90)], comment=b"x")
    add("bmp", image, "BMP")
    add("bmp alpha", alpha, "BMP")
    add("bmp palette", paletted, "BMP")
    add("bmp black", grey.convert("1"), "BMP")
    found["bmp runs"] = bmp(61, 47, (b"\x3d\x05\0\0") * 47, packing=1)
    for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma"):
        add(f"tiff {packing}", image, "TIFF", compression=packing, **full)
    add("tiff big", alpha, "TIFF", big_tiff=True)
    add("tiff fax", grey.convert("1"), "TIFF", compression="group4")
    add("tiff fax 3", grey.convert("1"), "TIFF", compression="group3")
    add("tiff floats", grey.convert("F"), "TIFF", compression="tiff_lzw")
    add("tiff whole", grey.convert("I"), "TIFF")
    add("tiff deep", grey.convert("I;16"), "TIFF")
    add("tiff ink", image.convert("CMYK"), "TIFF")
    add("tiff lab", image.convert("LAB"), "TIFF")
    add("tiff luma", image.convert("YCbCr"), "TIFF", compression="jpeg")
    add("tiff palette", paletted, "TIFF")
    add("tiff pages", image, "TIFF", save_all=True, append_images=[image])
    return found


@cache
def others() -> tuple[bytes, ...]:
    """Files of formats that are not taken, as somebody renames them."""
    image = _noise()
    made = ["PPM", "TGA", "ICO", "JPEG2000", "DDS", "PCX", "SGI", "PDF", "EPS", "MSP"]
    heads = [
        b"",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!DOCTYPE html><p>404",
        b"8BPS\0\1",
        b"PK\3\4" + bytes(60),
        b"\x7fELF\2\1\1",
        b"MZ" + bytes(60),
        b"\x1aE\xdf\xa3" + bytes(60),
        b"\xff\x0a" + bytes(60),
        "Grüße".encode("utf-16"),
        b"II*\0\x10\0\0\0CR\2\0" + bytes(60),
    ]
    files = [file(image.convert("1") if name == "MSP" else image, name) for name in made]
    return (*heads, *files)


def mended(data: bytes) -> bytes:
    """A PNG whose checksums fit whatever its chunks hold, so that damage reaches the decoder."""
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        end = at + 12 + int.from_bytes(out[at : at + 4], "big")
        if end > len(out):
            break
        out[end - 4 : end] = zlib.crc32(out[at + 4 : end - 4]).to_bytes(4, "big")
        at = end
    return bytes(out)
