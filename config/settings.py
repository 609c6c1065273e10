"""Typed settings: the packaged defaults, then a file of yours, then the environment."""

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Le
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableValue

PREFIX = "ATELIER_"
CONFIG_FILE = "ATELIER_CONFIG"
DEFAULTS = Path(__file__).with_name("settings.toml")
PRESETS = Path(__file__).with_name("presets.toml")

LARGEST = 8192
"""Px on the long side of a painting, whoever asks."""

BackboneName = Literal["squeezenet1_0", "squeezenet1_1", "vgg16", "vgg19", "vgg19_original"]
OptimizerName = Literal["adam", "lbfgs"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SettingsError(Exception):
    """A setting is wrong; the message names it and what is allowed."""


class Table(BaseModel):
    """A table of the settings file: every key is known and none changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Log(Table):
    level: Literal["debug", "info", "warning", "error"]
    format: Literal["auto", "console", "json"]


class Discord(Table):
    token: SecretStr
    name: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,32}$", description="1 to 32 letters, digits, - or _"
    )
    api_url: str = Field(pattern=r"^https?://", description="an http:// or https:// address")
    gateway_url: str = Field(pattern=r"^wss?://", description="a ws:// or wss:// address")
    cdn_url: str = Field(pattern=r"^https?://", description="an http:// or https:// address")
    edit_seconds: float = Field(ge=0.1, le=60)
    channel_edits: int = Field(ge=1, le=50)
    reactions: int = Field(ge=0, le=20)


class Nats(Table):
    url: str = Field(
        pattern=r"^((nats|tls|ws|wss)://.+)?$",
        description="an address like nats://host:4222, or empty to start a server here",
    )
    token: SecretStr
    server: str
    connect_seconds: float = Field(ge=0.5, le=300)


class Queue(Table):
    waiting_per_member: int = Field(ge=1, le=50)
    waiting_in_all: int = Field(ge=1, le=100_000)
    lease_seconds: float = Field(ge=3, le=3600)
    fair_every: int = Field(ge=2, le=1000)
    deaths: int = Field(ge=1, le=10)
    passing_days: float = Field(ge=1, le=365)


class Engine(Table):
    backbone: BackboneName
    weights_dir: str
    download: Literal["auto", "never"]
    download_seconds: float = Field(ge=1, le=60)
    device: str = Field(
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="auto, cpu, cuda, cuda:N (N a number) or mps",
    )
    precision: Literal["auto", "float32"]
    threads: int = Field(ge=0, le=1024)
    slots: int = Field(ge=0, le=64)
    whole_side: int = Field(ge=256, le=8192)
    tile_side: int = Field(ge=64, le=8192)
    preview_seconds: float = Field(ge=0.5, le=60)
    preview_side: int = Field(ge=64, le=1024)


class Pictures(Table):
    max_bytes: int = Field(ge=1024, le=1 << 30)
    max_pixels: int = Field(ge=4096, le=1 << 30)
    min_side: int = Field(ge=1, le=1024)
    max_aspect: float = Field(ge=1, le=1000)
    keep_side: int = Field(ge=64, le=8192)
    seconds: float = Field(ge=0.1, le=600)
    memory_mib: int = Field(ge=256, le=65_536)
    at_once: int = Field(ge=1, le=64)
    result_bytes: int = Field(ge=65_536, le=1 << 30)


class Sheet(Table):
    size: int = Field(ge=64, le=512)
    steps: int = Field(ge=1, le=1000)


class Bounds(Table):
    size: Annotated[tuple[int, int], Field(description="[lowest, highest], two whole numbers")]
    stylize_size: Annotated[
        tuple[int, int],
        Field(description=f"[lowest, highest], two whole numbers up to {LARGEST}"),
    ]
    steps: Annotated[tuple[int, int], Field(description="[lowest, highest], two whole numbers")]
    strength: Annotated[tuple[float, float], Field(description="[lowest, highest], two numbers")]

    @field_validator("*")
    @classmethod
    def _rising(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if not 0 < bounds[0] <= bounds[1]:
            raise ValueError("must rise")
        return bounds

    @field_validator("stylize_size")
    @classmethod
    def _paintable(cls, bounds: tuple[int, int]) -> tuple[int, int]:
        if bounds[1] > LARGEST:
            raise ValueError("too large")
        return bounds


class RecipeDefaults(Table):
    """What a recipe for one backbone is made of where nobody says otherwise."""

    size: int = Field(ge=64)
    steps: int = Field(ge=1)
    optimizer: OptimizerName
    learning_rate: Positive
    content_layers: dict[str, Positive]
    content_weight: NotNegative
    style_layers: dict[str, NotNegative]
    style_weight: NotNegative
    tv_weight: NotNegative
    scales: tuple[tuple[Positive, Positive, Positive], ...]


class Settings(BaseSettings):
    """All settings of a process, read once at its start by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data_dir: Path
    presets: str
    failpoints: str
    log: Log
    discord: Discord
    nats: Nats
    queue: Queue
    engine: Engine
    pictures: Pictures
    sheet: Sheet
    bounds: Bounds
    recipes: dict[BackboneName, RecipeDefaults]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The first source wins; tables are merged key by key."""
        own = os.environ.get(CONFIG_FILE)
        files = [Path(own)] if own else []
        tomls = [TomlConfigSettingsSource(settings_cls, file) for file in [*files, DEFAULTS]]
        return init_settings, env_settings, *tomls

    @property
    def presets_file(self) -> Path:
        """The presets file in force."""
        return Path(self.presets) if self.presets else PRESETS

    @property
    def failpoints_dir(self) -> Path | None:
        """The folder that arms failpoints, which nobody but a test has."""
        return Path(self.failpoints) if self.failpoints else None


def load_settings(**changes: Any) -> Settings:
    """Read the settings; `changes` (tables as dicts) win over everything else.

    Raises SettingsError with one sentence that names the setting and what is allowed.
    """
    _refuse_missing_file()
    token = os.environ.get("DISCORD_TOKEN")
    if token and f"{PREFIX}DISCORD__TOKEN" not in os.environ:
        changes = {**changes, "discord": {"token": token, **changes.get("discord", {})}}
    try:
        settings = Settings(**changes)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    except UnreadableValue as error:
        raise SettingsError(
            f"{_unread(error, os.environ)} cannot be read. Lists are written like "
            "[64, 1024], and a table is set key by key, as in ATELIER_LOG__LEVEL=debug."
        ) from None
    except tomllib.TOMLDecodeError as error:
        path = os.environ.get(CONFIG_FILE)
        raise SettingsError(f"{path} is not valid TOML: {error}. Mend that line.") from None
    _refuse_unknown_names(os.environ)
    return settings


def _refuse_missing_file() -> None:
    own = os.environ.get(CONFIG_FILE)
    if own and not Path(own).is_file():
        raise SettingsError(f"{CONFIG_FILE} names {own}, and there is no such file.")


def _sentence(error: ValidationError) -> str:
    """The first thing wrong, as a sentence for an operator; a secret's value is not repeated."""
    first = error.errors(include_url=False)[0]
    loc = tuple(part for part in first["loc"] if part != "[key]")
    name = PREFIX + "__".join(str(part) for part in loc).upper()
    if first["type"] == "extra_forbidden":
        return f"There is no setting {name}.{_nearest(name)} config/settings.toml lists them all."
    allowed = _allowed(first["loc"]) or first["msg"].removeprefix("Input should be ")
    given = "hidden" if "TOKEN" in name else repr(first["input"])
    return f"The setting {name} is {given}; it should be {allowed}."


def _unread(error: UnreadableValue, environment: Mapping[str, str]) -> str:
    """The variables whose text is the one that could not be parsed; the error only has a table."""
    text = error.__cause__.doc if isinstance(error.__cause__, json.JSONDecodeError) else None
    names = [
        name.upper()
        for name, value in environment.items()
        if value == text and name.upper().startswith(PREFIX)
    ]
    return f"The setting {' or '.join(names)}" if names else "A setting in the environment"


def _field(loc: tuple[int | str, ...]) -> FieldInfo | None:
    model: Any = Settings
    field = None
    for part in loc:
        if isinstance(part, int):
            break
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return None
        field = model.model_fields.get(str(part))
        model = field.annotation if field else None
    return field


def _allowed(loc: tuple[int | str, ...]) -> str | None:
    """What the field at `loc` takes, in words; None where pydantic says it better."""
    field = _field(loc)
    if field is None:
        return None
    if field.description:
        return field.description
    if values := get_args(field.annotation) if field.annotation is not Path else ():
        return "one of " + ", ".join(map(str, values)) if isinstance(values[0], str) else None
    low = next((limit.ge for limit in field.metadata if isinstance(limit, Ge)), None)
    high = next((limit.le for limit in field.metadata if isinstance(limit, Le)), None)
    if low is None or high is None:
        return None
    kind = "a whole number" if field.annotation is int else "a number"
    return f"{kind} from {low} to {high}"


def _names(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name.upper()}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _names(inner, f"{prefix}{name.upper()}__")


def _nearest(name: str) -> str:
    # The prefix that all share must not count as likeness.
    known = [each.removeprefix(PREFIX) for each in _names(Settings)]
    close = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
    return f" Did you mean {PREFIX}{close[0]}?" if close else ""


def _refuse_unknown_names(environment: Mapping[str, str]) -> None:
    """A misspelt variable would otherwise do nothing, silently."""
    known = {*_names(Settings), CONFIG_FILE}
    for name in environment:
        upper = name.upper()
        if upper.startswith(PREFIX) and upper not in known:
            if upper.startswith(f"{PREFIX}RECIPES__"):
                continue
            raise SettingsError(
                f"There is no setting {name}.{_nearest(upper)} config/settings.toml lists them all."
            )
