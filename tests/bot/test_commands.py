"""Autocomplete and texts of the commands."""

from types import SimpleNamespace
from typing import Any

import pytest
from discord import app_commands

from bot.client import Atelier
from bot.commands import add_commands, layer_choices, preset_choices
from bot.help import help_text, presets_text
from jobs.layers import LAYERS
from jobs.presets import load_presets
from samples import STYLES
from tests.bot.making import SETTINGS

PRESETS = load_presets(SETTINGS.presets_file, STYLES)
DESK: Any = SimpleNamespace(presets=PRESETS)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "relu1"),
        ("fire", "fire2"),
        ("relu1, fire5", "relu1, fire5"),
        ("relu1, fi", "relu1, fire2"),
        ("relu1,", "relu1, fire2"),
    ],
)
def test_layers_are_completed(typed: str, first: str) -> None:
    """The last name of a list is completed, and those before it stay."""
    assert layer_choices(LAYERS["squeezenet1_0"], typed)[0].value == first


@pytest.mark.parametrize(("typed", "names"), [("wav", ["waves"]), ("chalk", ["pastel"]), ("?", [])])
def test_presets_are_found(typed: str, names: list[str]) -> None:
    """A preset is found by any word of its title or line."""
    assert [choice.value for choice in preset_choices(DESK, typed)] == names


def test_choices_fit() -> None:
    """Discord takes at most 25 choices of at most 100 characters."""
    choices = [*preset_choices(DESK, ""), *layer_choices(LAYERS["vgg19"], "relu1_1, relu1_2, ")]
    assert all(len(choice.name) <= 100 for choice in choices)
    assert len(layer_choices(LAYERS["vgg19"], "")) <= 25


def test_texts_fit() -> None:
    """What /help and /presets say fits into one message."""
    assert max(len(help_text(SETTINGS)), len(presets_text(PRESETS))) <= 2000


def test_commands() -> None:
    """The commands and the options of /stylize are those that are documented."""
    tree: app_commands.CommandTree[Any] = Atelier().tree
    add_commands(tree, DESK, SETTINGS)
    stylize: Any = tree.get_command("stylize")
    options = [option.name for option in stylize.parameters]
    assert {command.name for command in tree.get_commands()} == {
        "stylize",
        "sheet",
        "queue",
        "presets",
        "help",
    }
    assert options == [
        "content", "style", "preset", "layers", "weights", "strength", "size", "steps",
        "keep_colours",
    ]  # fmt: skip
