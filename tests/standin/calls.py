"""One REST call as the handlers see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .bodies import Body
from .world import World


@dataclass(frozen=True)
class Call:
    """A request that was let in: path parameters, query and body, and the world it acts on."""

    world: World
    match: Mapping[str, str]
    query: Mapping[str, str]
    body: Body
    gateway_url: str

    def id(self, name: str) -> int:
        """A path parameter that is an id."""
        return int(self.match[name])


# The answer's JSON; None is 204 No Content.
Handler = Callable[[Call], Any]
Route = tuple[str, str, Handler]
