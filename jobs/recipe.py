"""The recipe: everything that decides a painting, as one value that can only be valid."""

import math
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.settings import LARGEST, BackboneName, OptimizerName
from jobs.layers import LAYERS

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


STYLE_SCALES = 0.1, 4.0
StyleScale = Annotated[float, Field(ge=STYLE_SCALES[0], le=STYLE_SCALES[1])]
"""Long side of a style as a part of the painting's."""

LEAST_SIDE = 16
"""Shortest side of a painting in px, since a network halves it several times."""

MOST_STYLES = 8
"""Styles of one painting; each is looked at at every size, so more would take long to begin."""


class Frozen(BaseModel):
    """A value of the contract: never changed, and it knows all of its fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )


class Mode(StrEnum):
    """How the losses are measured."""

    SIZE_FREE = "size-free"
    """Without a unit of size: engine.nst.losses."""
    CLASSIC = "classic"
    """As in the CS231n assignment, sums in normalised colours: engine.nst.classic."""


class Init(StrEnum):
    """What the optimiser starts from."""

    CONTENT = "content"
    NOISE = "noise"
    PICTURE = "picture"


class LayerWeight(Frozen):
    """A layer and how much it counts among its kind."""

    layer: str
    weight: NotNegative


class Scale(Frozen):
    """A stop on the way from coarse to fine."""

    fraction: Annotated[float, Field(gt=0, le=1)]
    """Long side as a part of the recipe's size."""
    steps: Annotated[int, Field(ge=0)]
    content: Positive = 1.0
    """Factor on the content's weight at this scale."""


class Style(Frozen):
    """A style picture and its share in a blend."""

    digest: Digest
    weight: Positive = 1.0
    scale: StyleScale | None = None
    """Its own size, None takes the recipe's."""
    mask: Digest | None = None
    """A picture that is white where this style belongs; None takes what the others' leave."""


class Classic(Frozen):
    """What the classic mode has beyond other recipes: one style by its shorter side, two rates."""

    style_side: Annotated[int, Field(ge=LEAST_SIDE, le=2048)]
    """Shorter side of the style in px."""
    late_rate: Positive
    late_from: Annotated[int, Field(ge=0)]
    """The step, counted from 0, that a new Adam with `late_rate` makes first."""
    clamp: Positive
    """Normalised colours are kept within -clamp and clamp ..."""
    clamp_until: Annotated[int, Field(ge=0)]
    """... after each step before this one, counted from 0."""


CLASSIC_BACKBONE: BackboneName = "squeezenet1_1"
"""The network of the classic mode; nothing stands in for it."""


class Recipe(Frozen):
    """Everything that decides the painting, for a content picture that the job names.

    The objective is `content_weight * C + style_weight * strength * S + tv_weight * TV`. In the
    size-free mode each loss has no unit of size (see engine.nst.losses), so one recipe looks alike
    at 256 and 1024 px, and the layers' weights are normalised; in the classic mode they are not.
    """

    mode: Mode = Mode.SIZE_FREE
    backbone: BackboneName
    content_layers: tuple[LayerWeight, ...]
    content_weight: NotNegative
    style_layers: tuple[LayerWeight, ...]
    style_weight: NotNegative
    strength: Positive = 1.0
    tv_weight: NotNegative
    size: Annotated[int, Field(ge=LEAST_SIDE, le=LARGEST)]
    """Long side of the painting in px; its shorter side in the classic mode."""
    scales: tuple[Scale, ...]
    optimizer: OptimizerName
    learning_rate: Positive
    init: Init = Init.CONTENT
    init_digest: Digest | None = None
    style_scale: StyleScale = 1.0
    """Of each style that has none of its own."""
    styles: Annotated[tuple[Style, ...], Field(max_length=MOST_STYLES)]
    keep_colours: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How much of the photo's own colours is laid over the finished painting."""
    classic: Classic | None = None
    """Given in the classic mode, and in it alone."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    preset: str | None = None
    """The preset it came from; for the caption only."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """A recipe that reaches inner code can be painted."""
        for layers in (self.content_layers, self.style_layers):
            names = [layer.layer for layer in layers]
            if not names or len(set(names)) != len(names):
                raise ValueError("layers must be given, each once")
            if unknown := set(names) - set(LAYERS[self.backbone]):
                raise ValueError(f"{self.backbone} has no layer {', '.join(sorted(unknown))}")
            if not math.fsum(layer.weight for layer in layers) > 0:
                raise ValueError("at least one layer needs a weight above 0")
        if not self.scales or self.scales[-1].fraction != 1:
            raise ValueError("the last scale must be the whole size")
        if not self.styles:
            raise ValueError("a style is needed")
        if (self.init is Init.PICTURE) != (self.init_digest is not None):
            raise ValueError("init_digest belongs to init = picture, and to it alone")
        return self

    @model_validator(mode="after")
    def _classic(self) -> Self:
        """What would not be the assignment is no recipe of the classic mode."""
        if (self.mode is Mode.CLASSIC) != (self.classic is not None):
            raise ValueError("classic belongs to mode = classic, and to it alone")
        if self.mode is not Mode.CLASSIC:
            return self
        wanted: dict[str, object] = {
            "backbone": CLASSIC_BACKBONE,
            "style_weight": 1.0,
            "strength": 1.0,
            "optimizer": "adam",
            "init": Init.CONTENT,
            "style_scale": 1.0,
        }
        for name, value in wanted.items():
            if getattr(self, name) != value:
                raise ValueError(f"the classic mode has {name} = {value}")
        for name in ("content_layers", "scales", "styles"):
            if len(getattr(self, name)) != 1:
                raise ValueError(f"the classic mode has one of {name}")
        if any(style.scale or style.mask for style in self.styles):
            raise ValueError("the classic mode has neither masks nor a style's own scale")
        return self

    @property
    def may_be_adapted(self) -> bool:
        """Whether another backbone may stand in for this one, or the size shrink."""
        return self.mode is not Mode.CLASSIC

    @property
    def may_be_batched(self) -> bool:
        """Whether it may make its steps together with others."""
        return self.mode is not Mode.CLASSIC

    @property
    def masks(self) -> tuple[Digest, ...]:
        """Each one once, in the order of the styles."""
        return tuple(dict.fromkeys(style.mask for style in self.styles if style.mask is not None))

    @property
    def styles_rest(self) -> bool:
        """Whether a style has the places that masks leave: one without a mask."""
        return any(style.mask is None for style in self.styles)

    @property
    def regions(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the styles that are blended in each region.

        A region a mask, in the order of `masks`, and then what they leave if a style has no mask.
        """
        wanted = [*self.masks, None]
        shared = ([n for n, style in enumerate(self.styles) if style.mask == m] for m in wanted)
        return tuple(tuple(numbers) for numbers in shared if numbers)

    @property
    def guided(self) -> int:
        """Regions that masks make; 0 where there are no masks and a style is everywhere."""
        return len(self.regions) if self.masks else 0

    @property
    def style_scales(self) -> tuple[float, ...]:
        """Of each style, its own or the recipe's."""
        scales = (style.scale for style in self.styles)
        return tuple(self.style_scale if scale is None else scale for scale in scales)

    @property
    def steps(self) -> int:
        """Steps of the optimiser over all scales."""
        return sum(scale.steps for scale in self.scales)
