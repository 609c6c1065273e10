"""Every error has a sentence."""

from unittest.mock import Mock

import aiohttp
import discord
import pytest

from bot.errors import AttachmentRefused, MissingPermissions
from bot.permissions import NEEDED, check_permissions
from bot.sentences import sentence_for
from jobs.errors import TooManyWaiting
from pictures import errors as picture_errors
from pictures.errors import PictureError
from pictures.kinds import Kind
from pictures.sentences import sentence

PICTURE_ERRORS: list[PictureError] = [
    *[picture_errors.NotAnImage(kind) for kind in [None, *Kind]],
    picture_errors.UnreadableImage("PNG", "detail for the log"),
    picture_errors.TooManyBytes(30 << 20, 25 << 20),
    picture_errors.TooManyPixels(20000, 20000, 80_000_000),
    picture_errors.DecompressionBomb(100, 10**10, ""),
    picture_errors.DecompressionBomb(100, 10**10, "icc"),
    picture_errors.TooManyParts("chunk", 65536),
    picture_errors.TooSmall(3, 3, 16),
    picture_errors.TooNarrow(1, 900, 8),
    picture_errors.WrongShape(40, 30, 30, 40),
    picture_errors.EmptyMask(),
    picture_errors.NothingLeft(),
    picture_errors.TooSlow(20),
    picture_errors.TooMuchMemory(1536),
    picture_errors.CannotFit(1000),
]


@pytest.mark.parametrize("error", PICTURE_ERRORS, ids=repr)
def test_pictures(error: PictureError) -> None:
    """Each error of a picture says what to do, without its code or details for the log."""
    text = sentence(error)
    verbs = ("Send", "Draw", "Save", "Make", "Crop", "Attach", "Share", "Export", "Open", "Ask")
    assert any(verb in text for verb in verbs), text
    assert "detail for the log" not in text
    assert error.code not in text


def test_all_picture_errors_are_here() -> None:
    """The list above has every kind of error there is."""
    assert {type(error) for error in PICTURE_ERRORS} == set(PictureError.__subclasses__())


def test_a_file_name_formats_nothing() -> None:
    """A stranger's file name is shown as text."""
    error = AttachmentRefused("`@everyone`.png", picture_errors.NotAnImage(None))
    assert str(error).startswith("`'@everyone'.png`: ")


def test_an_unforeseen_error_shows_a_reference() -> None:
    """Text of an unforeseen exception is never shown."""
    text = sentence_for(RuntimeError("secret detail"))
    assert "reference" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ClientConnectionError("host"),
        TimeoutError(),
        discord.HTTPException(Mock(status=500, reason="x"), "body"),
    ],
    ids=repr,
)
def test_discord_away(error: Exception) -> None:
    """When Discord fails, the member may try again."""
    assert sentence_for(error) == "Discord did not answer just now. Try again in a minute."


def test_limits() -> None:
    """A member with too many pictures reads how many are allowed."""
    assert "5 pictures" in sentence_for(TooManyWaiting(5))
    assert "1 picture in" in sentence_for(TooManyWaiting(1))


def test_missing_permissions_are_named() -> None:
    """What is missing is named as Discord's settings name it."""
    allowed = discord.Permissions(view_channel=True, read_message_history=True)
    with pytest.raises(MissingPermissions, match="permissions Attach Files, Send Messages"):
        check_permissions(allowed, thread=False)


def test_the_invited_permissions_suffice() -> None:
    """A bot that was invited with its link may work, in channels and threads."""
    check_permissions(NEEDED, thread=False)
    check_permissions(NEEDED, thread=True)
