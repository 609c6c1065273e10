"""What a check found, as a line that people read."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How grave it is."""

    FINE = "✓"
    NOTE = "!"
    BROKEN = "✗"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and what to do about it."""

    mark: Mark
    what: str
    found: str
    todo: str = ""

    @property
    def line(self) -> str:
        """The line, with what to do on one of its own."""
        first = f"{self.mark} {self.what:<8} {self.found}"
        return f"{first}\n{'':>11}{self.todo}" if self.todo else first


def fine(what: str, found: str, todo: str = "") -> Finding:
    """All is well."""
    return Finding(Mark.FINE, what, found, todo)


def note(what: str, found: str, todo: str = "") -> Finding:
    """It works, but there is something to know."""
    return Finding(Mark.NOTE, what, found, todo)


def broken(what: str, found: str, todo: str) -> Finding:
    """It does not work until `todo` is done."""
    return Finding(Mark.BROKEN, what, found, todo)
