"""The house of the design: which arrows exist, and what each process leaves unloaded."""

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter import configuration
from importlinter.application.use_cases import lint_imports

ROOT = Path(__file__).parents[1]

LOADED = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    # Triton's kernels are imported on a GPU alone.
    if not (module.name.endswith("__main__") or "engine.kernels" in module.name):
        importlib.import_module(module.name)
loaded = {name.split(".")[0] for name in sys.modules}
print(*sorted(loaded & set(sys.argv[2:])))
"""


def loaded(package: str, *names: str) -> str:
    """Which of `names` are loaded once every module of `package` has been imported."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", LOADED, package, *names]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_bot_leaves_torch_unloaded() -> None:
    """A bot's host needs no torch: no module of the bot loads it, or the engine."""
    assert "bot discord" == loaded("bot", "bot", "discord", "torch", "torchvision", "engine")


def test_engine_leaves_discord_unloaded() -> None:
    """An engine's host needs no discord.py: no module of the engine loads it, or the bot."""
    assert "engine torch" == loaded("engine", "engine", "torch", "discord", "simcord", "bot")


@pytest.mark.parametrize("package", ["config", "jobs", "pictures", "samples"])
def test_shared_packages_load_neither(package: str) -> None:
    """What both sides use loads neither side."""
    names = ("torch", "torchvision", "discord", "simcord", "bot", "engine")
    assert "" == loaded(package, *names)


def test_command_line_is_lazy() -> None:
    """The command line, `run` and the doctor work on a host that has one side alone."""
    program = (
        "import sys, cli.main, cli.run, cli.doctor, cli.processes\n"
        "assert not {'torch', 'discord', 'bot', 'engine'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_arrows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The import contracts in pyproject.toml hold."""
    monkeypatch.syspath_prepend(ROOT)
    configuration.configure()
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None, no_logo=True)
    assert kept, capsys.readouterr().out
