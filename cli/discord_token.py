"""The bot's token: whose it is, and whether Discord takes it. The standard library is enough."""

import base64
import binascii
import json
import queue
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass

# Discord asks for this form, and turns urllib's own away.
_AGENT = "DiscordBot (atelier, 1)"


class WrongToken(Exception):
    """Discord does not take this token."""


class NoAnswer(Exception):
    """Discord could not be asked; the message says why."""


@dataclass(frozen=True)
class Application:
    """What the token belongs to."""

    id: int
    name: str


def client_id_of(token: str) -> int | None:
    """The id in a token's first part, None where it is not formed like a bot's token.

    It is the bot user's id, which for all but the oldest bots is the application's too.
    """
    first = token.split(".")[0]
    try:
        return int(base64.b64decode(first + "=" * (-len(first) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def ask_discord(api_url: str, token: str, seconds: float) -> Application:
    """The application of `token`, within `seconds`, name resolution included.

    Raises WrongToken or NoAnswer.
    """
    answers: queue.SimpleQueue[Application | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_ask(api_url, token, seconds))
        except Exception as error:  # told to the thread that waits
            answers.put(error)

    # A thread of its own, since no timeout of a socket covers name resolution.
    threading.Thread(target=ask, name="ask Discord", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise NoAnswer(f"nothing came within {seconds:g} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _ask(api_url: str, token: str, seconds: float) -> Application:
    url = f"{api_url.rstrip('/')}/oauth2/applications/@me"
    headers = {"Authorization": f"Bot {token}", "User-Agent": _AGENT}
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310  # http or https: a setting
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310  # likewise
            known = json.load(answer)
        return Application(int(known["id"]), str(known["name"]))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 401:
            raise WrongToken from error
        raise NoAnswer(f"it answered with status {error.code}") from error
    except urllib.error.URLError as error:
        raise NoAnswer(str(error.reason)) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoAnswer(f"its answer makes no sense ({error.__class__.__name__})") from error
