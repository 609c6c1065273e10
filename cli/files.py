"""Reading and writing the files that a command names; each fault is one sentence."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from config.settings import Settings
from pictures.encode import Format
from pictures.errors import PictureError, TooManyBytes
from pictures.limits import Limits
from pictures.read import Picture, read_picture_sync
from pictures.sentences import sentence

FORMATS: dict[str, Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a file with at most `limit` of them. Raises ClickException."""
    try:
        if path.exists() and not path.is_file():
            raise click.ClickException(f"{path} is not a file. Name a picture's file.")
        if (size := path.stat().st_size) > limit:
            raise click.ClickException(f"{path}: {sentence(TooManyBytes(size, limit))}")
        return path.read_bytes()
    except FileNotFoundError:
        raise click.ClickException(f"There is no file {path}. Check its name.") from None
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read: {_why(error)}.") from error


def read_image(path: Path, settings: Settings, long_side: int = 0) -> Picture:
    """The picture in a file, kept at `long_side` px where the settings would make it smaller.

    Raises ClickException with a sentence that begins with its path.
    """
    data = read_file(path, settings.pictures.max_bytes)
    own = settings.pictures.model_dump(exclude={"at_once", "result_bytes"})
    own["keep_side"] = max(own["keep_side"], long_side)
    try:
        return read_picture_sync(data, Limits(**own))
    except PictureError as error:
        raise click.ClickException(f"{path}: {sentence(error)}") from error


def check_output(path: Path, inputs: list[Path]) -> Format:
    """The format that the name of an output asks for, once it is sure that it can be written.

    Raises ClickException.
    """
    if path.suffix.lower() not in FORMATS:
        raise click.ClickException(
            f"{path} does not end in .png, .jpg, .jpeg or .webp. Give the output such a name."
        )
    if not path.parent.is_dir():
        raise click.ClickException(f"There is no folder {path.parent}. Make it first.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise click.ClickException(f"{path} cannot be written. Name another output.")
    if any(path.exists() and given.exists() and path.samefile(given) for given in inputs):
        raise click.ClickException(f"{path} is one of the inputs. Name another output.")
    return FORMATS[path.suffix.lower()]


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises ClickException."""
    part: Path | None = None
    try:
        with NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name[:40]}.", delete=False
        ) as file:
            part = Path(file.name)
            file.write(data)
        part.chmod(_usual_mode())
        part.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {_why(error)}.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _usual_mode() -> int:
    """What a new file may be; temporary ones are born private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
