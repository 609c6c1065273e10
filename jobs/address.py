"""Where the queue is: an address by setting, or the one that the embedded server left."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkstemp

from pydantic import SecretStr

from config.logs import hide
from config.settings import Settings
from jobs.errors import QueueAway

_FILE = "queue.json"


@dataclass(frozen=True)
class Address:
    """Where a queue listens, and the word that opens it."""

    url: str
    """`nats://host:port`; several servers of one cluster are separated by commas."""
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        hide(SecretStr(self.token))


def find_address(settings: Settings) -> Address:
    """The queue that these settings mean: `nats.url`, or the server embedded in `data_dir`.

    Raises QueueAway (its `detail` says what to do) where no server has been started there.
    """
    if settings.nats.url:
        return Address(settings.nats.url, settings.nats.token.get_secret_value())
    return read_address(settings.data_dir)


def read_address(data_dir: Path) -> Address:
    """The address that the embedded server of `data_dir` left; QueueAway where there is none."""
    path = data_dir / _FILE
    try:
        known = json.loads(path.read_text())
        return Address(str(known["url"]), str(known["token"]))
    except FileNotFoundError:
        raise QueueAway(
            f"No queue has been started in {data_dir}. Start one with `atelier run`, "
            "or name yours in ATELIER_NATS__URL."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise QueueAway(
            f"{path} cannot be read ({exc.__class__.__name__}). "
            "Remove it, and the next `atelier run` writes a new one."
        ) from exc


def write_address(data_dir: Path, address: Address) -> None:
    """Leave `address` for bot and engine, in one step and readable by this user only."""
    # It is born with mode 0600, so the token is never readable by others.
    number, name = mkstemp(dir=data_dir, prefix=_FILE)
    try:
        with os.fdopen(number, "w") as file:
            json.dump({"url": address.url, "token": address.token}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(data_dir / _FILE)
    except OSError:
        Path(name).unlink()
        raise
