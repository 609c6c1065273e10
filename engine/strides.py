"""How many steps a group makes before the host looks again."""

from collections.abc import Collection, Hashable

_SECONDS = 0.1
"""Of a stride: a look costs a hundredth of that, and a member's cancel is not kept waiting."""
_MOST = 50


class Strides:
    """The steps of a group's next stride, from how long its last ones took."""

    def __init__(self, first: int) -> None:
        """`first` is the stride of a group of which nothing is known; 1 where each step counts."""
        self._first = first
        self._pace: dict[Hashable, float] = {}

    def of(self, group: Hashable) -> int:
        """Steps."""
        if self._first == 1 or not (pace := self._pace.get(group)):
            return self._first
        return min(max(1, round(_SECONDS / pace)), _MOST)

    def learn(self, group: Hashable, seconds: float) -> None:
        """A step of this group has taken so long."""
        self._pace[group] = seconds

    def keep(self, groups: Collection[Hashable]) -> None:
        """Forget the others."""
        self._pace = {group: pace for group, pace in self._pace.items() if group in groups}
