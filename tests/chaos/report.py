"""The figures of a campaign as a table."""

from tests.chaos.campaign import Outcome
from tests.chaos.house import PARTS
from tests.chaos.plans import BOT_POINTS, ENGINE_POINTS
from tests.chaos.vitals import Vitals


def faults(outcome: Outcome) -> dict[str, list[str]]:
    """All that must not be, by what it is; empty where every promise was kept."""
    reaper = outcome.reaper
    slow = [f"{name}: {away:.1f} s" for name, away in reaper.slowest.items() if away > 5]
    found = {
        "lost": outcome.verdict.lost,
        "twice": outcome.verdict.twice,
        "left in queue or records": outcome.left,
        "rules of Discord's broken": outcome.violations,
        "orders without a sign though nothing had died": outcome.unheard,
        "orphans after kill -9 of run": reaper.orphans,
        "processes after a stop": outcome.leftover,
        "not back within 5 s": slow,
    }
    return {what: which for what, which in found.items() if which}


def table(outcome: Outcome) -> str:
    """Everything that docs/reliability.md shows, in Markdown."""
    verdict, crowd, reaper = outcome.verdict, outcome.crowd, outcome.reaper
    kills = ", ".join(f"{name} {count}" for name, count in sorted(reaper.kills.items()))
    all_points = len(ENGINE_POINTS) + len(BOT_POINTS)
    away = ", ".join(f"{name} {slow:.1f} s" for name, slow in sorted(reaper.slowest.items()))
    rows = {
        "jobs accepted": verdict.accepted,
        "pictures": verdict.pictures,
        "stopped by their member": verdict.stopped,
        "ended by a sentence": verdict.sentences,
        "stops pressed, reactions taken back": f"{crowd.stops}, {crowd.regrets}",
        "orders given to a bot that died before it wrote them down": len(crowd.gave_up),
        "deaths at failpoints": reaper.hits.total(),
        "failpoints hit": f"{len(reaper.hits)} of {all_points}",
        "kill -9 at random moments": f"{reaper.kills.total()} ({kills})",
        "**lost**": len(verdict.lost),
        "**twice**": len(verdict.twice),
        "rules of Discord's broken": len(outcome.violations),
        "orphans": len(reaper.orphans) + len(outcome.leftover),
        "longest until a dead child was back": away,
        "stop": f"{outcome.stop_seconds:.1f} s",
        "minutes": f"{outcome.seconds / 60:.1f}",
        "seed": outcome.plan.seed,
    }
    lines = ["| | |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows.items())]
    return "\n".join([*lines, "", *_vitals(outcome)])


def _vitals(outcome: Outcome) -> list[str]:
    chart, start = outcome.chart, outcome.chart.start
    head = ["| process | start | after the last kill | end | most seen |", "|---|---|---|---|---|"]
    rows = [
        f"| {name} | "
        + " | ".join(_words(each.get(name)) for each in (start, chart.calm, chart.end, chart.most))
        + " |"
        for name in PARTS
    ]
    return head + rows


def _words(vitals: Vitals | None) -> str:
    if vitals is None:
        return "away"
    return f"{vitals.mib:.0f} MiB, {vitals.descriptors} descriptors"
