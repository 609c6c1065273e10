"""The command line's table: what is there, and what it imports."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main as main_module
from cli.main import COMMANDS, Entry, main

ROOT = Path(__file__).parents[2]


def test_the_help_lists_all_commands() -> None:
    """`atelier --help` names every command, in the order of the table."""
    text = CliRunner().invoke(main, ["--help"]).stdout
    listed = text.partition("Commands:\n")[2].splitlines()
    assert list(COMMANDS) == [line.split()[0] for line in listed]


def test_the_help_imports_no_command() -> None:
    """A host with one part can show the help: nothing heavy is imported for it."""
    code = (
        "import sys\n"
        "from cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "finally:\n"
        "    print([m for m in ('torch', 'discord', 'nats', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "[]" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", ["bot", "engine", "stylize", "recipe"])
def test_a_command_is_where_the_table_says(name: str) -> None:
    """Asking a command for its help imports it, and works."""
    result = CliRunner().invoke(main, [name, "--help"])
    assert (0, ["Usage:", "main", name]) == (result.exit_code, result.stdout.split()[:3])


def test_an_unknown_command_is_one_sentence() -> None:
    """A name that is not in the table ends in status 2 and one line."""
    result = CliRunner().invoke(main, ["nope"])
    assert (2, "", 1) == (result.exit_code, result.stdout, result.stderr.count("\n"))


def test_a_part_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a command's module lacks something, the sentence says how to install it."""
    assert find_spec("no_such_module") is None
    entry = Entry("no_such_module:command", "")
    monkeypatch.setitem(main_module.COMMANDS, "engine", entry)
    result = CliRunner().invoke(main, ["engine"])
    expected = (
        "`atelier engine` needs no_such_module, which is not installed here. "
        "Install it with `pip install 'atelier-bot[engine]'`.\n"
    )
    assert (2, expected) == (result.exit_code, result.stderr)
