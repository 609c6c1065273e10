"""What L-BFGS knows of the curvature: the last steps and how they bent the slope."""

import torch
from torch import Tensor

from engine.gpu import kernels_for


class Curvature:
    """Changes of points with the bends of slopes along them, and the direction they advise.

    The compact form of the inverse (Byrd, Nocedal and Schnabel 1994, theorem 2.2) needs the dot
    products of the pairs only, so the pairs are read twice a step and not eight times, and nothing
    of it asks the device for a number. For several points at once, each with pairs of its own.
    """

    PAIRS = 6
    """Ten are no better, and are most of what a step reads (measured, docs/quality.md)."""
    CHUNK = 4096
    """A device sums the parts of a long vector side by side."""
    STATE = ("_rows", "_products", "_known", "_count")

    def __init__(
        self, points: int, length: int, like: Tensor, digits: torch.dtype | None = None
    ) -> None:
        """For `points` vectors of `length` numbers; `like` gives device and dtype.

        `digits` is the pairs' own dtype: they are most of what is read, and rounding them is a
        small change of what they say.
        """
        chunks = -(-length // self.CHUNK)
        self._length = length
        # Changes, then bends, in slots that are used in turn.
        shape = (points, chunks, 2 * self.PAIRS, self.CHUNK)
        self._rows = like.new_zeros(shape, dtype=digits or like.dtype)
        self._products = like.new_zeros((points, *[2 * self.PAIRS] * 2), dtype=torch.float64)
        self._known = like.new_zeros((points, self.PAIRS), dtype=torch.bool)
        self._count = like.new_zeros(points, dtype=torch.int64)

    @property
    def _each(self) -> Tensor:
        return torch.arange(len(self._rows), device=self._rows.device)

    @property
    def digits(self) -> torch.dtype:
        """The pairs' dtype."""
        return self._rows.dtype

    def advice(self, slope: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Take in how the last change bent the slope (B, N) from `last`, which becomes `slope`.

        Gives minus the inverse curvature times `slope`, and whether (B,) there is any pair yet,
        before which that is minus `slope`. A change along which the slope does not rise says
        nothing and is left out, as is the bend before the first change. Then `walk_` must follow.
        """
        if (kernels := kernels_for(slope)) is not None:
            parts = kernels.learn_(self._rows, slope, last, self._count)
            coordinates, own, known = kernels.advise_(
                parts, self._products, self._known, self._count
            )
            return kernels.combined(self._rows, slope, coordinates, own), known
        coordinates, own = self._coordinates(self._learned(slope, last))
        known = self._known.any(dim=1)
        self._forget_oldest()
        rows = torch.matmul(coordinates.to(slope.dtype)[:, None, None, :], self._rows)
        pairs = rows.flatten(1)[:, : self._length]  # (B, c, 1, n) to (B, N)
        return torch.addcmul(pairs, slope, own.to(slope.dtype)[:, None]), known

    def walk_(self, image: Tensor, moved: Tensor, direction: Tensor, length: Tensor) -> None:
        """Move `image` (B, 3, H, W) by length (B,) times `moved`, clamped to [0, 1], and keep how.

        The change of the coefficients is `length` times `direction` (B, N), but for the finest,
        the first 3 H W, from which is taken what the clamp took.
        """
        if (kernels := kernels_for(image)) is not None:
            kernels.walk_(image, moved, direction, length, self._count, self._rows)
            return
        after = torch.addcmul(image, moved, length[:, None, None, None])
        torch.clamp(after, 0, 1, out=image)
        change = direction * length[:, None]
        change[:, : image[0].numel()] += (image - after).flatten(1)
        self._rows[self._each, :, self._last_slot()] = self._chunked(change)

    def _last_slot(self) -> Tensor:
        """(B,): of the last change, or of that which is to come once it was advised."""
        return (self._count - 1) % self.PAIRS

    def _learned(self, slope: Tensor, last: Tensor) -> Tensor:
        """The pairs' products (B, 2 * PAIRS) with `slope`; see `advice`."""
        slot = self._last_slot()
        bends = self._chunked(slope - last)
        last.copy_(slope)
        self._rows[self._each, :, self.PAIRS + slot] = bends
        changes = self._rows[self._each, :, slot]
        vectors = torch.stack([changes, bends, self._chunked(slope)], dim=2)  # (B, c, 3, n)
        return self._taken((self._rows @ vectors.mT).double().sum(dim=1), slot)

    def _forget_oldest(self) -> None:
        """Its slot waits for the next change."""
        self._known.scatter_(1, (self._count % self.PAIRS)[:, None], False)
        self._count += 1

    def _taken(self, dots: Tensor, slot: Tensor) -> Tensor:
        """Take in the rows' products (B, 2 * PAIRS, 3) with change, bend and slope."""
        change_row, bend_row = slot, self.PAIRS + slot
        for row, dot in ((change_row, dots[..., 0]), (bend_row, dots[..., 1])):
            self._products[self._each, :, row] = dot
            self._products[self._each, row] = dot
        own = self._products[self._each, change_row, bend_row]
        squares = (
            self._products[self._each, change_row, change_row]
            * self._products[self._each, bend_row, bend_row]
        )
        self._known[self._each, slot] = (own > 1e-8 * squares.sqrt()) & (self._count > 0)
        return dots[..., 2]

    def _coordinates(self, with_slope: Tensor) -> tuple[Tensor, Tensor]:
        """Of the direction: (B, 2 * PAIRS) of the rows and (B,) of the slope itself."""
        newest = self._last_slot()
        ages = torch.arange(self.PAIRS, device=newest.device)
        order = (newest[:, None] + 1 + ages) % self.PAIRS  # (B, PAIRS), the oldest first
        known = self._known.gather(1, order).double()
        both = known[:, :, None] * known[:, None, :]
        changes, bends = order, order + self.PAIRS
        changes_bends = self._block(changes, bends) * both
        bends_bends = self._block(bends, bends) * both
        with_changes = with_slope.gather(1, changes) * known
        with_bends = with_slope.gather(1, bends) * known

        scale = self._first_guess(changes_bends, bends_bends, known)
        upper = changes_bends.triu() + torch.diag_embed(1 - known)
        first = _solved(upper, with_changes, upper=True)
        inner = changes_bends.diagonal(dim1=1, dim2=2) * first
        inner = inner + scale * ((bends_bends @ first[..., None])[..., 0] - with_bends)
        second = _solved(upper.mT, inner, upper=False)

        found = torch.zeros_like(with_slope)
        found.scatter_(1, changes, -second * known)
        found.scatter_(1, bends, scale * first * known)
        return found, -scale[:, 0]

    def _block(self, rows: Tensor, columns: Tensor) -> Tensor:
        """(B, PAIRS, PAIRS) of the products, ordered."""
        picked = torch.take_along_dim(self._products, rows[:, :, None], dim=1)
        return torch.take_along_dim(picked, columns[:, None, :], dim=2)

    @staticmethod
    def _first_guess(changes_bends: Tensor, bends_bends: Tensor, known: Tensor) -> Tensor:
        """(B, 1): the inverse curvature along the last pair; 1 where there is none."""
        ages = torch.arange(1, known.shape[1] + 1, device=known.device)
        last = (known * ages).argmax(dim=1, keepdim=True)
        along = changes_bends.diagonal(dim1=1, dim2=2).gather(1, last)
        bent = bends_bends.diagonal(dim1=1, dim2=2).gather(1, last)
        return torch.where(known.any(dim=1, keepdim=True), along / bent, 1.0)

    def _chunked(self, vectors: Tensor) -> Tensor:
        """(B, N) as (B, chunks, CHUNK), with zeros at the end."""
        missing = self._rows.shape[1] * self.CHUNK - self._length
        padded = torch.nn.functional.pad(vectors, (0, missing))
        return padded.view(len(vectors), -1, self.CHUNK)


def _solved(matrices: Tensor, vectors: Tensor, *, upper: bool) -> Tensor:
    """(B, P), for triangular matrices (B, P, P)."""
    found: Tensor = torch.linalg.solve_triangular(matrices, vectors[..., None], upper=upper)
    return found[..., 0]
