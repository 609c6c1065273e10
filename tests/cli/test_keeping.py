"""When a dead process is started again."""

from cli.keeping import Backoff


def test_dies_at_once() -> None:
    """A process that dies at once is waited for twice as long each time, up to 1 s."""
    backoff = Backoff()
    waits = [backoff.after(0.1) for _ in range(6)]
    assert [0.2, 0.4, 0.8, 1.0, 1.0, 1.0] == waits


def test_lived_long() -> None:
    """Once it has lived for a while, it is started again almost at once."""
    backoff = Backoff()
    waits = [backoff.after(lived) for lived in (0.1, 0.1, 60.0, 0.1)]
    assert [0.2, 0.4, 0.2, 0.4] == waits
