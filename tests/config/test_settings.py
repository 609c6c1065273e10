"""Settings: where each comes from, and the one sentence that a wrong one gets."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import SettingsError, load_settings
from config.settings import DEFAULTS, Settings

ROOT = Path(__file__).parents[2]

WRONG = [
    ("LOG__LEVEL", "loud", "'loud'; it should be one of debug, info, warning, error."),
    ("LOG__FORMAT", "xml", "'xml'; it should be one of auto, console, json."),
    ("DISCORD__NAME", "a b", "'a b'; it should be 1 to 32 letters, digits, - or _."),
    ("DISCORD__API_URL", "x.org", "'x.org'; it should be an http:// or https:// address."),
    ("DISCORD__GATEWAY_URL", "http://x", "'http://x'; it should be a ws:// or wss:// address."),
    ("DISCORD__CDN_URL", "x.org", "'x.org'; it should be an http:// or https:// address."),
    ("DISCORD__EDIT_SECONDS", "0", "'0'; it should be a number from 0.1 to 60."),
    ("DISCORD__CHANNEL_EDITS", "many", "'many'; it should be a whole number from 1 to 50."),
    ("DISCORD__REACTIONS", "21", "'21'; it should be a whole number from 0 to 20."),
    (
        "NATS__URL",
        "localhost",
        "'localhost'; it should be an address like nats://host:4222, or empty to start a server "
        "here.",
    ),
    ("NATS__CONNECT_SECONDS", "nan", "'nan'; it should be a number from 0.5 to 300."),
    ("QUEUE__WAITING_PER_MEMBER", "0", "'0'; it should be a whole number from 1 to 50."),
    ("QUEUE__WAITING_IN_ALL", "1.5", "'1.5'; it should be a whole number from 1 to 100000."),
    ("QUEUE__LEASE_SECONDS", "1", "'1'; it should be a number from 3 to 3600."),
    (
        "ENGINE__BACKBONE",
        "resnet",
        "'resnet'; it should be one of squeezenet1_0, squeezenet1_1, vgg16, vgg19, vgg19_original.",
    ),
    ("ENGINE__DOWNLOAD", "yes", "'yes'; it should be one of auto, never."),
    (
        "ENGINE__DEVICE",
        "gpu",
        "'gpu'; it should be auto, cpu, cuda, cuda:N (N a number) or mps.",
    ),
    ("ENGINE__THREADS", "-1", "'-1'; it should be a whole number from 0 to 1024."),
    ("PICTURES__SECONDS", "inf", "'inf'; it should be a number from 0.1 to 600."),
    ("RECIPES__VGG16__STEPS", "0", "'0'; it should be greater than or equal to 1."),
    ("RECIPES__VGG16__OPTIMIZER", "sgd", "'sgd'; it should be 'adam' or 'lbfgs'."),
]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that sets nothing."""
    for name in os.environ:
        if name.upper().startswith("ATELIER_") or name == "DISCORD_TOKEN":
            monkeypatch.delenv(name)


def refusal() -> str:
    """The sentence with which the settings are refused."""
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


def leaves(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a TOML file with its path."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def own_file(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> Path:
    """A settings file of one's own, named in the environment."""
    path = folder / "mine.toml"
    path.write_text(text)
    monkeypatch.setenv("ATELIER_CONFIG", str(path))
    return path


@pytest.mark.parametrize(("name", "value", "said"), WRONG, ids=[name for name, _, _ in WRONG])
def test_wrong_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """A wrong value gets one sentence with the setting, the value and what is allowed."""
    monkeypatch.setenv(f"ATELIER_{name}", value)
    assert f"The setting ATELIER_{name} is {said}" == refusal()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LOG", "loud", "a table is set key by key"),
        ("ENGINE", "{bad", "cannot be read"),
        ("BOUNDS__SIZE", "64,1024", "Lists are written like"),
        ("BOUNDS__SIZE", "[1024, 64]", "[lowest, highest]"),
        ("BOUNDS__STEPS", "[1]", "[lowest, highest]"),
        ("BOUNDS__STYLIZE_SIZE", "[64, 9000]", "two whole numbers up to 8192"),
        ("RECIPES__VGG16__SCALES", "x", "Lists are written like"),
    ],
)
def test_unreadable_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """A list or table that cannot be read says how one is written, and which it is."""
    monkeypatch.setenv(f"ATELIER_{name}", value)
    said = refusal()
    assert (True, True) == (said.startswith(f"The setting ATELIER_{name}"), words in said)


def test_nonsense_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resembles none gets no suggestion."""
    monkeypatch.setenv("ATELIER_XYZZY", "1")
    assert refusal() == "There is no setting ATELIER_XYZZY. config/settings.toml lists them all."


def test_wrong_value_in_own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wrong value in a file is named as the environment would name it."""
    own_file(monkeypatch, tmp_path, "[queue]\ndeaths = 11\n")
    said = "The setting ATELIER_QUEUE__DEATHS is 11; it should be a whole number from 1 to 10."
    assert said == refusal()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ATELIER_QUEU__DEATHS", "ATELIER_QUEUE__DEATHS"),
        ("ATELIER_ENGINE__BACKBON", "ATELIER_ENGINE__BACKBONE"),
        ("ATELIER_DATADIR", "ATELIER_DATA_DIR"),
    ],
)
def test_misspelt_variable(monkeypatch: pytest.MonkeyPatch, name: str, meant: str) -> None:
    """A variable that means no setting is refused, with the one that was probably meant."""
    monkeypatch.setenv(name, "1")
    said = f"There is no setting {name}. Did you mean {meant}? config/settings.toml lists them all."
    assert said == refusal()


def test_unknown_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing similar exists, nothing is guessed."""
    monkeypatch.setenv("ATELIER_XYZZYPLUGHWALDOQUUX", "1")
    said = "There is no setting ATELIER_XYZZYPLUGHWALDOQUUX. config/settings.toml lists them all."
    assert said == refusal()


def test_unknown_key_in_own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key of a file that means no setting is refused too."""
    own_file(monkeypatch, tmp_path, "[engine]\ndevise = 'cpu'\n")
    said = (
        "There is no setting ATELIER_ENGINE__DEVISE. Did you mean ATELIER_ENGINE__DEVICE? "
        "config/settings.toml lists them all."
    )
    assert said == refusal()


def test_missing_own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is named and not there is an error, never silently left out."""
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("ATELIER_CONFIG", str(path))
    assert f"ATELIER_CONFIG names {path}, and there is no such file." == refusal()


def test_broken_own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not TOML is named, with the line."""
    path = own_file(monkeypatch, tmp_path, "[queue]\ndeaths == 1\n")
    said = refusal()
    assert said.startswith(f"{path} is not valid TOML: ")
    assert "line 2" in said


def test_a_token_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A sentence about a token does not repeat it."""
    own_file(monkeypatch, tmp_path, "[discord]\ntoken = 12345678\n")
    said = refusal()
    assert "The setting ATELIER_DISCORD__TOKEN is hidden" in said
    assert "12345678" not in said


def test_repr_hides_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that are printed do not show a token."""
    monkeypatch.setenv("DISCORD_TOKEN", "sesame")
    monkeypatch.setenv("ATELIER_NATS__TOKEN", "sesame")
    assert "sesame" not in repr(load_settings())


def test_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment wins over a file of one's own, and that over the defaults, key by key."""
    own_file(monkeypatch, tmp_path, "[queue]\ndeaths = 4\nfair_every = 9\n")
    monkeypatch.setenv("ATELIER_QUEUE__DEATHS", "5")
    queue = load_settings().queue
    assert (5, 9, 500) == (queue.deaths, queue.fair_every, queue.waiting_in_all)


def test_changes_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """What code asks for wins over the environment, and leaves the rest of its table alone."""
    monkeypatch.setenv("ATELIER_QUEUE__DEATHS", "5")
    monkeypatch.setenv("ATELIER_QUEUE__FAIR_EVERY", "9")
    queue = load_settings(queue={"deaths": 6}).queue
    assert (6, 9) == (queue.deaths, queue.fair_every)


def test_recipe_of_a_backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One number of one backbone's recipe can be set alone."""
    default = load_settings().recipes
    monkeypatch.setenv("ATELIER_RECIPES__VGG16__STYLE_WEIGHT", "90")
    changed = load_settings().recipes
    assert default | {"vgg16": default["vgg16"].model_copy(update={"style_weight": 90})} == changed


def test_discord_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is read from DISCORD_TOKEN."""
    monkeypatch.setenv("DISCORD_TOKEN", "sesame")
    assert "sesame" == load_settings().discord.token.get_secret_value()


def test_own_token_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """ATELIER_DISCORD__TOKEN wins over DISCORD_TOKEN, which other programs read too."""
    monkeypatch.setenv("DISCORD_TOKEN", "theirs")
    monkeypatch.setenv("ATELIER_DISCORD__TOKEN", "ours")
    assert "ours" == load_settings().discord.token.get_secret_value()


def test_settings_do_not_change() -> None:
    """Settings are read once and stay as they are."""
    with pytest.raises(ValueError, match="frozen"):
        load_settings().queue.deaths = 5  # type: ignore[misc]


def test_defaults_live_in_the_file() -> None:
    """No default hides in the code: each comes from settings.toml."""
    settings = load_settings().model_dump(mode="json")
    written = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    for token in (settings["discord"], settings["nats"]):
        assert "" == token["token"]
    assert sorted(leaves(written)) == sorted(leaves(settings))
    assert [] == [name for name, field in Settings.model_fields.items() if not field.is_required()]


def test_file_documents_each_setting() -> None:
    """Each key of settings.toml has its comment, or one stands above its table."""
    undocumented = []
    table = commented = False
    for line in DEFAULTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            # What the comment in front of the recipes says holds for each of their tables.
            table = commented or "#" in line or (table and line.startswith("[recipes."))
        elif "=" in line and not line.startswith("#") and not table and "#" not in line:
            undocumented.append(line)
        commented = line.startswith("#")
    assert [] == undocumented


def test_importing_reads_nothing() -> None:
    """Importing config opens no file of settings and looks at no variable."""
    program = (
        "import sys; seen = []\n"
        "sys.addaudithook(lambda event, args: event == 'open' and seen.append(str(args[0])))\n"
        "import config, config.settings, config.logs\n"
        "assert not [name for name in seen if name.endswith('.toml')], seen"
    )
    broken = {**os.environ, "ATELIER_LOG__LEVEL": "loud", "ATELIER_CONFIG": "/nowhere"}
    subprocess.run([sys.executable, "-c", program], env=broken, cwd=ROOT, check=True)
