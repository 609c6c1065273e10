"""The memory of the machine or of its container."""

from pathlib import Path

import pytest

from engine.host_memory import available

GIB = 1 << 30


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    """A machine with 8 GiB available."""
    path = tmp_path / "meminfo"
    path.write_text(
        "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\nHugePages_Total: 0\n"
    )
    return path


def group(folder: Path, files: dict[str, str]) -> Path:
    """A control group with these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_without_a_limit_the_machines_counts(meminfo: Path, tmp_path: Path) -> None:
    """A control group that says max limits nothing."""
    files = {"memory.max": "max\n", "memory.current": "1\n", "memory.stat": "inactive_file 0\n"}
    assert 8 * GIB == available(meminfo, group(tmp_path, files))


def test_no_control_group(meminfo: Path, tmp_path: Path) -> None:
    """Nor does none at all."""
    assert 8 * GIB == available(meminfo, tmp_path / "nothing")


def test_a_containers_limit(meminfo: Path, tmp_path: Path) -> None:
    """The limit less what is used, but for files that may be dropped."""
    files = {
        "memory.max": f"{4 * GIB}\n",
        "memory.current": f"{3 * GIB}\n",
        "memory.stat": f"anon 5\ninactive_file {GIB}\n",
    }
    assert 2 * GIB == available(meminfo, group(tmp_path, files))


def test_an_older_containers_limit(meminfo: Path, tmp_path: Path) -> None:
    """The first version of control groups has other names."""
    files = {
        "memory/memory.limit_in_bytes": f"{4 * GIB}\n",
        "memory/memory.usage_in_bytes": f"{3 * GIB}\n",
        "memory/memory.stat": f"inactive_file 7\ntotal_inactive_file {GIB}\n",
    }
    assert 2 * GIB == available(meminfo, group(tmp_path, files))


def test_a_machine_that_does_not_say(tmp_path: Path) -> None:
    """Where there is no such file, half of what is built in is taken."""
    assert available(tmp_path / "nothing", tmp_path / "nothing") > 0


def test_this_machine() -> None:
    """It has more than nothing."""
    assert available() > 0
