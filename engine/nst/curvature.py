"""What L-BFGS knows of the curvature: the last steps and how they bent the slope."""

from collections import deque

import numpy as np
import torch
from torch import Tensor


class Curvature:
    """Pairs of a change and its bend (of points and of slopes), and the direction they advise.

    The two-loop recursion runs on coordinates with the pairs as the basis, which needs their dot
    products only (Chen, Wang and Zhou 2014): the pairs are read twice a step and not eight times.
    """

    PAIRS = 10

    def __init__(self, like: Tensor) -> None:
        """`like` (N,) is a point: its length, device and dtype."""
        self._rows = like.new_zeros((2 * self.PAIRS, like.numel()))  # changes, then bends
        self._products = np.zeros((2 * self.PAIRS, 2 * self.PAIRS))
        self._slots: deque[int] = deque()  # oldest first

    @property
    def nbytes(self) -> int:
        """What the pairs take on their device."""
        return self._rows.nbytes

    @property
    def known(self) -> bool:
        """Whether there is any pair yet."""
        return bool(self._slots)

    def learn(self, change: Tensor, bend: Tensor) -> None:
        """Take in a pair; one along which the slope does not rise says nothing and is left out."""
        if float(change @ bend) <= 1e-8 * float(change.norm() * bend.norm()):
            return
        full = len(self._slots) == self.PAIRS
        slot = self._slots.popleft() if full else len(self._slots)
        self._slots.append(slot)
        rows = [slot, self.PAIRS + slot]
        self._rows[rows[0]], self._rows[rows[1]] = change, bend
        products = (self._rows @ torch.stack([change, bend]).T).double().cpu().numpy()
        self._products[:, rows] = products
        self._products[rows, :] = products.T

    def direction(self, slope: Tensor) -> Tensor:
        """Minus the inverse curvature times `slope`; minus `slope` before the first pair."""
        if not self._slots:
            return -slope
        with_slope = (self._rows @ slope).double().cpu().numpy()
        coordinates, share = self._two_loops(with_slope)
        pairs = torch.from_numpy(coordinates).to(slope)
        return torch.addmv(slope, self._rows.T, pairs, beta=share)

    def _two_loops(self, with_slope: np.ndarray) -> tuple[np.ndarray, float]:
        """Coordinates of the direction: of the pairs, and of the slope itself."""
        coordinates, own = np.zeros(2 * self.PAIRS), -1.0
        shares = {}
        for slot in reversed(self._slots):
            dot = self._products[slot] @ coordinates + own * with_slope[slot]
            shares[slot] = dot / self._products[slot, self.PAIRS + slot]
            coordinates[self.PAIRS + slot] -= shares[slot]
        last, bend = self._slots[-1], self.PAIRS + self._slots[-1]
        first_guess = self._products[last, bend] / self._products[bend, bend]
        coordinates, own = coordinates * first_guess, own * first_guess
        for slot in self._slots:
            bend = self.PAIRS + slot
            dot = self._products[bend] @ coordinates + own * with_slope[bend]
            coordinates[slot] += shares[slot] - dot / self._products[slot, bend]
        return coordinates, own
