"""Gram matrices of styles that were seen lately: a server's favourites are measured once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable

from torch import Tensor

from engine.backbones import Backbone
from engine.nst.grams import grams_of
from engine.streams import borrowed
from jobs.recipe import Digest

_Key = tuple[str, Digest, int, str]


class StyleCache:
    """Gram matrices by network, style, size and layer; the least used go where room is short.

    Any thread may ask.
    """

    LIMIT = 64 << 20

    def __init__(self, limit_bytes: int = LIMIT) -> None:
        self._limit, self._held = limit_bytes, 0
        self._grams: OrderedDict[_Key, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """What is held now."""
        return self._held

    def grams(
        self,
        backbone: Backbone,
        style: Digest,
        side: int,
        layers: Iterable[str],
        picture: Callable[[], Tensor],
    ) -> dict[str, Tensor]:
        """The Gram matrix (1, C, C) of `style` with a long side of `side` px at each of `layers`.

        `picture` gives it (1, 3, h, w) in [0, 1]; it is asked only where a matrix is missing.
        """
        keys: dict[str, _Key] = {name: (backbone.name, style, side, name) for name in layers}
        with self._lock:
            found = {name: self._grams[key] for name, key in keys.items() if key in self._grams}
        borrowed(*found.values())
        if missing := [name for name in keys if name not in found]:
            found |= grams_of(backbone, picture(), missing)
            backbone.device.settle()
        with self._lock:
            for name, matrix in found.items():
                self._keep(keys[name], matrix)
        return found

    def _keep(self, key: _Key, matrix: Tensor) -> None:
        if key not in self._grams:
            self._held += matrix.nbytes
        self._grams[key] = matrix
        self._grams.move_to_end(key)
        while self._held > self._limit:
            self._held -= self._grams.popitem(last=False)[1].nbytes
