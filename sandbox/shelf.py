"""Answers that were fetched before a page asks for them."""

from collections import OrderedDict

from aiohttp import web

_MOST = 256
"""Twice and more what two pages of fifty messages show."""


class Shelf:
    """Keeps each answer until it is taken, and remembers its name for a while after that."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, web.Response | None] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def put(self, name: str, answer: web.Response) -> None:
        """Keep an answer; the oldest one has to go when there are too many."""
        self._kept[name] = answer
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def take(self, name: str) -> web.Response | None:
        """Take an answer away; None if it was taken before, or never there."""
        answer = self._kept.get(name)
        if answer is not None:
            self._kept[name] = None
        return answer
