"""The named layers of each backbone, in the order in which a picture passes them.

Layer names are data, so that a host without torch can check them. A name stands for the
activation behind it: `relu3_1` is the output of the ReLU behind the first convolution of block 3,
`fire5` the concatenated output of that Fire module.
"""

_SQUEEZENET = ("relu1", *(f"fire{number}" for number in range(2, 10)))


def _vgg(*convolutions: int) -> tuple[str, ...]:
    return tuple(
        f"relu{block}_{number}"
        for block, count in enumerate(convolutions, start=1)
        for number in range(1, count + 1)
    )


LAYERS: dict[str, tuple[str, ...]] = {
    "squeezenet1_0": _SQUEEZENET,
    "squeezenet1_1": _SQUEEZENET,
    "vgg16": _vgg(2, 2, 3, 3, 3),
    "vgg19": _vgg(2, 2, 4, 4, 4),
    "vgg19_original": _vgg(2, 2, 4, 4, 4),
}


def layers_of(backbone: str) -> tuple[str, ...]:
    """The layers of `backbone`, shallowest first."""
    return LAYERS[backbone]


def counterpart(layer: str, backbone: str, other: str) -> str:
    """The layer of `other` that lies as deep, relatively, as `layer` does in `backbone`."""
    ours, theirs = LAYERS[backbone], LAYERS[other]
    depth = ours.index(layer) / (len(ours) - 1)
    return theirs[round(depth * (len(theirs) - 1))]
