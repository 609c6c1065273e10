"""Turns: the same share of time for each job."""

from collections import Counter

import pytest

from engine.turns import Turns

Group = tuple[str, ...]


def shares(turns: Turns, cost: dict[Group, float], until: float) -> Counter[Group]:
    """Seconds that each group gets in turns that cost so much each."""
    spent: Counter[Group] = Counter()
    while sum(spent.values()) < until:
        group = turns.next(list(cost))
        turns.charge(group, cost[group])
        spent[group] += cost[group]
    return spent


def of(*jobs: str) -> Turns:
    """With these jobs in it."""
    turns = Turns()
    turns.join(jobs)
    return turns


def test_the_first_comes_first() -> None:
    """Where nobody has used anything, the oldest has the first turn."""
    assert ("a",) == of("a", "b").next([("a",), ("b",)])


def test_a_slow_group_has_no_more_time_than_a_quick_one() -> None:
    """Steps of 10 s and of 1 s: half of the time each."""
    found = shares(of("slow", "quick"), {("slow",): 10.0, ("quick",): 1.0}, until=200)
    assert {("slow",): 100.0, ("quick",): 100.0} == found


def test_a_group_of_many_has_the_share_of_many() -> None:
    """Three who make their steps together have three quarters of the time, the fourth the rest."""
    found = shares(of("a", "b", "c", "d"), {("a", "b", "c"): 2.0, ("d",): 2.0}, until=80)
    assert {("a", "b", "c"): 60.0, ("d",): 20.0} == found


def test_a_newcomer_makes_up_for_nothing() -> None:
    """Who comes after 100 s shares from then on."""
    turns = of("old")
    turns.charge(("old",), 100)
    turns.join(["new"])
    found = shares(turns, {("old",): 1.0, ("new",): 1.0}, until=20)
    assert {("old",): 10.0, ("new",): 10.0} == found


def test_joining_twice_changes_nothing() -> None:
    """A job that is here keeps what it has used."""
    turns = of("a", "b")
    turns.charge(("a",), 5)
    turns.join(["a"])
    assert ("b",) == turns.next([("a",), ("b",)])


def test_going_to_another_group_does_not_clear_the_account() -> None:
    """Whoever has used more than the others waits, at its next canvas, too."""
    turns = of("a", "b")
    turns.charge(("a",), 5)
    turns.charge(("b",), 3)
    assert ("b",) == turns.next([("a",), ("b",)])


def test_a_group_stands_where_its_least_served_member_does() -> None:
    """Those who were served less are not delayed by whoever joins them, and it keeps its debt."""
    turns = of("greedy", "a", "b")
    turns.charge(("greedy",), 10)
    turns.charge(("b",), 1)
    together, other = ("greedy", "a"), ("b",)
    assert together == turns.next([together, other])
    turns.charge(together, 4)
    assert other == turns.next([together, other])


def test_the_larger_group_goes_first_within_the_slack() -> None:
    """Until the other is behind by more than that."""
    turns, few, many = Turns(slack=2.0), ("a",), ("b", "c", "d", "e")
    turns.join([*few, *many])
    taken = []
    for _ in range(10):
        taken.append(turns.next([few, many]))
        turns.charge(taken[-1], 1.0)
    assert [many] * 9 + [few] == taken


def test_slack_changes_no_share() -> None:
    """A job alone still has as much as each of four who are together."""
    turns, few, many = Turns(slack=2.0), ("a",), ("b", "c", "d", "e")
    turns.join([*few, *many])
    found = shares(turns, {few: 1.0, many: 1.0}, until=500)
    assert pytest.approx(100, abs=2) == found[few]


def test_leaving_twice() -> None:
    """A job that has left may leave again, and the others go on."""
    turns = of("a", "b")
    turns.leave("a")
    turns.leave("a")
    assert ("b",) == turns.next([("b",)])
