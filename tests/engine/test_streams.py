"""Who works beside captured steps, and who alone. What needs a GPU is in test_gpu."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.streams import Turnstile


def test_many_are_inside_at_once() -> None:
    """Two meet there."""
    turnstile, meeting = Turnstile(), threading.Barrier(2, timeout=20)

    def meet() -> int:
        with turnstile.shared():
            return meeting.wait()

    with ThreadPoolExecutor(2) as threads:
        assert {0, 1} == {each.result() for each in [threads.submit(meet) for _ in range(2)]}


def test_one_alone_waits_for_the_others_and_keeps_them_out() -> None:
    """Whoever comes after it has asked comes in after it has left."""
    turnstile, seen = Turnstile(), list[str]()
    inside, leave, tick = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with turnstile.shared():
            inside.set()
            assert leave.wait(20)
            seen.append("first")

    def alone() -> None:
        with turnstile.alone():
            seen.append("alone")

    def late() -> None:
        with turnstile.shared():
            seen.append("late")

    with ThreadPoolExecutor(3) as threads:
        tasks = [threads.submit(first)]
        assert inside.wait(20)
        tasks.append(threads.submit(alone))
        while not turnstile._closed:
            tick.wait(0.001)
        tasks.append(threads.submit(late))
        leave.set()
        for task in tasks:
            task.result(20)
    assert ["first", "alone", "late"] == seen


def test_a_fault_inside_closes_nothing() -> None:
    """Others come in afterwards."""
    turnstile = Turnstile()
    for inside in (turnstile.shared, turnstile.alone):
        with pytest.raises(ValueError, match="no"), inside():
            raise ValueError("no")
    with turnstile.alone():
        pass
