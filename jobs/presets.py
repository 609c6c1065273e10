"""Presets: a recipe with a name, an emoji and a style picture of its own."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from config import SettingsError
from jobs.errors import UnknownPreset
from jobs.layers import LAYERS
from jobs.recipe import CLASSIC_BACKBONE, LEAST_SIDE, Frozen, NotNegative, Positive, StyleScale

LAYERS_AS_IN = "squeezenet1_0"
"""The backbone whose layers the presets are written in."""


class PresetRecipe(Frozen):
    """What a preset changes of a backbone's own recipe, in the size-free mode."""

    strength: Positive = 1.0
    layers: dict[str, NotNegative] = Field(default_factory=dict)
    tv: NotNegative = 1.0
    style_scale: StyleScale = 1.0
    keep_colours: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _known_layers(self) -> "PresetRecipe":
        if unknown := set(self.layers) - set(LAYERS[LAYERS_AS_IN]):
            raise ValueError(f"{LAYERS_AS_IN} has no layer {', '.join(sorted(unknown))}")
        return self


class ClassicRecipe(Frozen):
    """A recipe of the classic mode: the settings of the CS231n assignment's `style_transfer`."""

    content_side: Annotated[int, Field(ge=LEAST_SIDE, le=2048)]
    """Shorter side of the content, and so of the painting, in px."""
    style_side: Annotated[int, Field(ge=LEAST_SIDE, le=2048)]
    """Shorter side of the style in px."""
    content_layer: str
    content_weight: NotNegative
    style_layers: dict[str, NotNegative]
    """With weights as they are, not normalised."""
    tv_weight: NotNegative

    @model_validator(mode="after")
    def _known_layers(self) -> "ClassicRecipe":
        known = set(LAYERS[CLASSIC_BACKBONE])
        if unknown := {self.content_layer, *self.style_layers} - known:
            raise ValueError(f"{CLASSIC_BACKBONE} has no layer {', '.join(sorted(unknown))}")
        if not any(self.style_layers.values()):
            raise ValueError("a style layer needs a weight above 0")
        return self


class Preset(Frozen):
    """A preset as it stands in the presets file."""

    name: str
    emoji: str = Field(min_length=1, max_length=8)
    title: str = Field(min_length=1, max_length=40)
    line: str = Field(min_length=1, max_length=100)
    picture: Path | None = None
    """Its style picture; None takes the member's, and then one must be given."""
    recipe: PresetRecipe = PresetRecipe()
    classic: ClassicRecipe | None = None
    """Given for a preset of the classic mode, in place of `recipe`."""

    @model_validator(mode="after")
    def _one_recipe(self) -> "Preset":
        if self.classic is not None and self.recipe != PresetRecipe():
            raise ValueError("a preset has either recipe or classic")
        return self


class Presets:
    """The presets in the order of their file, found by name or by emoji."""

    def __init__(self, presets: tuple[Preset, ...]) -> None:
        self.all = presets
        self._by_name = {preset.name: preset for preset in presets}
        self._by_emoji = {_bare(preset.emoji): preset for preset in presets}
        if len(self._by_emoji) != len(presets):
            raise SettingsError("Two presets have the same emoji; give each its own.")

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self._by_name)

    def named(self, name: str) -> Preset:
        """The preset called `name` or titled so, in any case. Raises UnknownPreset."""
        wanted = name.strip().casefold()
        for preset in self.all:
            if wanted in {preset.name.casefold(), preset.title.casefold()}:
                return preset
        raise UnknownPreset(name.strip()[:40], self.names)

    def with_emoji(self, emoji: str) -> Preset | None:
        """The preset that `emoji` asks for, with or without a variation selector."""
        return self._by_emoji.get(_bare(emoji))


def load_presets(file: Path, pictures: Path) -> Presets:
    """Read a presets file; a picture's relative path is looked up in `pictures`, then beside it.

    Raises SettingsError with a sentence that names the file, the preset and what is wrong.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The presets file {file} cannot be read: {error}.") from None
    return Presets(tuple(_preset(name, table, file, pictures) for name, table in tables.items()))


def _preset(name: str, table: Any, file: Path, pictures: Path) -> Preset:
    try:
        preset = Preset.model_validate({"name": name, **table})
    except (TypeError, ValidationError) as error:
        detail = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else None
        what = f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" if detail else "not a table"
        raise SettingsError(f"The preset {name} in {file} is wrong: {what}.") from None
    if preset.picture is None:
        return preset
    for folder in (pictures, file.parent):
        if (found := folder / preset.picture).is_file():
            return preset.model_copy(update={"picture": found})
    raise SettingsError(f"The preset {name} in {file} names {preset.picture}: no such picture.")


def _bare(emoji: str) -> str:
    return emoji.replace("\ufe0f", "")
