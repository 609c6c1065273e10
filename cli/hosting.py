"""Which parts of Atelier this installation can run."""

from importlib.util import find_spec


def has_bot() -> bool:
    """Whether the extra `bot` is installed."""
    return find_spec("discord") is not None


def has_engine() -> bool:
    """Whether the extra `engine` is installed."""
    return find_spec("torch") is not None
