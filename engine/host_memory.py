"""How much memory this machine, or this container, can still give: the standard library alone."""

import os
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> int:
    """Bytes that can be had without swapping, within the container's limit if there is one."""
    return min(_machine(meminfo), _container(cgroup))


def _machine(meminfo: Path) -> int:
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        # No Linux: nobody says what is free, so half of what is built in is taken for it.
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    kib = {key: value.split()[0] for key, _, value in (line.partition(":") for line in lines)}
    return int(kib["MemAvailable"]) * 1024


def _container(cgroup: Path) -> int:
    """What the control group has left; files that it may drop at any time count as free."""
    nothing_set = 1 << 62
    for limit, usage, stat, dropped in (
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "memory/memory.stat",
            "total_inactive_file",
        ),
    ):
        try:
            most = (cgroup / limit).read_text().strip()
            used = int((cgroup / usage).read_text())
            numbers = dict(line.split() for line in (cgroup / stat).read_text().splitlines())
        except OSError:
            continue
        if most == "max":
            return nothing_set
        return max(0, int(most) - used + int(numbers.get(dropped, 0)))
    return nothing_set
