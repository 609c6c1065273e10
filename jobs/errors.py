"""Everything that can be wrong with a job, with the data that a sentence needs.

    JobError
    ├── BadRequest                what was asked for cannot be painted
    │   ├── UnknownBackbone
    │   ├── UnknownLayer
    │   ├── NoneNamed             a list of layers with none in it
    │   ├── WrongCount            of layers and weights
    │   ├── CountPerStyle         numbers that are not one for each style
    │   ├── TooManyStyles
    │   ├── TooManyMasks          more of them than styles
    │   ├── BadWeight
    │   ├── OutOfBounds           size, steps, strength
    │   ├── UnknownPreset
    │   ├── NotClassic            what the classic mode does otherwise
    │   ├── NoStyle               neither a style picture nor a preset that has one
    │   └── NoSheet               no preset has a picture of its own
    ├── LineError                 the queue does not take the job now
    │   ├── TooManyWaiting        of this member
    │   └── QueueFull
    ├── QueueAway                 the queue cannot be reached
    │   └── QueueDiskFull         it can, and has no room on its disk
    ├── QueueTooOld               a nats-server that lacks what is needed
    └── PictureMissing            a picture is no longer in the store

A docstring is the default sentence; `str(error)` fills in the data.
"""


class JobError(Exception):
    """Something is wrong with this job."""

    code = "job"


class BadRequest(JobError):
    """That cannot be painted."""

    code = "bad_request"


class UnknownBackbone(BadRequest):
    """There is no such backbone."""

    code = "unknown_backbone"

    def __init__(self, name: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"There is no backbone {name}. Choose one of: {', '.join(allowed)}.")
        self.name, self.allowed = name, allowed


class UnknownLayer(BadRequest):
    """The backbone has no such layer."""

    code = "unknown_layer"

    def __init__(self, name: str, backbone: str, allowed: tuple[str, ...]) -> None:
        super().__init__(
            f"{backbone} has no layer {name}. Choose from: {', '.join(allowed)}; "
            "several are separated by commas."
        )
        self.name, self.backbone, self.allowed = name, backbone, allowed


class NoneNamed(BadRequest):
    """No layer is named."""

    code = "none_named"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(
            f"No layer is named. Choose from: {', '.join(allowed)}; several are separated by "
            "commas. Left out altogether, they are those of the recipe."
        )
        self.allowed = allowed


class WrongCount(BadRequest):
    """Each layer needs one weight."""

    code = "wrong_count"

    def __init__(self, layers: int, weights: int) -> None:
        super().__init__(
            f"Layers: {layers}, weights: {weights}; each layer needs one weight. Give as many "
            "weights as layers, separated by commas, or leave weights out; without layers of "
            "your own they are for those of the recipe."
        )
        self.layers, self.weights = layers, weights


class CountPerStyle(BadRequest):
    """Each style needs one of them."""

    code = "count_per_style"

    def __init__(self, what: str, styles: int, given: int) -> None:
        super().__init__(
            f"Styles: {styles}, {what}: {given}; give one for each style, separated by commas, or "
            "leave it out."
        )
        self.what, self.styles, self.given = what, styles, given


class TooManyStyles(BadRequest):
    """A painting takes fewer styles."""

    code = "too_many_styles"

    def __init__(self, given: int, most: int) -> None:
        super().__init__(f"That is {given} styles; name at most {most}.")
        self.given, self.most = given, most


class TooManyMasks(BadRequest):
    """Each mask belongs to a style."""

    code = "too_many_masks"

    def __init__(self, styles: int, masks: int) -> None:
        super().__init__(
            f"Styles: {styles}, masks: {masks}; the first mask is for the first style and so on, "
            "so name no more masks than styles."
        )
        self.styles, self.masks = styles, masks


class BadWeight(BadRequest):
    """A weight, or another number of a list, is none that can be used."""

    code = "bad_weight"
    WEIGHTS = "from 0 to 1e12, at least one above 0, such as 5,1,0.5"

    def __init__(self, given: str, what: str = "weight", wanted: str = WEIGHTS) -> None:
        super().__init__(f"The {what} {given} cannot be used: give plain numbers {wanted}.")
        self.given, self.what = given, what


class OutOfBounds(BadRequest):
    """A number lies outside of what this server allows."""

    code = "out_of_bounds"

    def __init__(self, what: str, given: float, low: float, high: float) -> None:
        super().__init__(f"{what} is {given:g}; choose a number from {low:g} to {high:g}.")
        self.what, self.given, self.low, self.high = what, given, low, high


class UnknownPreset(BadRequest):
    """There is no such preset."""

    code = "unknown_preset"

    def __init__(self, name: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"There is no preset {name}. Choose one of: {', '.join(allowed)}.")
        self.name, self.allowed = name, allowed


class NotClassic(BadRequest):
    """The classic mode has this another way."""

    code = "not_classic"

    def __init__(self, preset: str, fixed: tuple[str, ...]) -> None:
        super().__init__(
            f"{preset} paints exactly as the CS231n assignment does, so this is not for choice "
            f"there: {', '.join(fixed)}. Leave that out, or choose another preset. Layers with "
            "weights, the content's weight and layer, smoothness and kept colours may be chosen."
        )
        self.preset, self.fixed = preset, fixed


class NoStyle(BadRequest):
    """Attach a painting as the style, or choose a preset that brings its own."""

    code = "no_style"

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NoSheet(BadRequest):
    """No preset here brings a picture of its own, so a sheet has nothing to show."""

    code = "no_sheet"

    def __init__(self) -> None:
        super().__init__(
            "No preset here brings a picture of its own, so a sheet has nothing to show. Use "
            "`/stylize` with a painting instead."
        )


class LineError(JobError):
    """The job is not taken into the line now."""

    code = "line"


class TooManyWaiting(LineError):
    """This member has as many unfinished pictures as are allowed."""

    code = "too_many_waiting"

    def __init__(self, limit: int) -> None:
        pictures = "1 picture" if limit == 1 else f"{limit} pictures"
        super().__init__(
            f"You have {pictures} in the line already, which is as many as one member may "
            "have. Wait until one is finished, then ask again."
        )
        self.limit = limit


class QueueFull(LineError):
    """The line is full for everyone."""

    code = "queue_full"

    def __init__(self) -> None:
        super().__init__("The line is full for everyone just now. Try again in a few minutes.")


class QueueAway(JobError):
    """The queue cannot be reached just now. Try again in a minute."""

    code = "queue_away"

    def __init__(self, detail: str = "") -> None:
        super().__init__(self.__doc__)
        self.detail = detail


class QueueDiskFull(QueueAway):
    """My disk is full. Ask whoever runs me to make room on it, then try again, please."""

    code = "disk_full"


class QueueTooOld(JobError):
    """The nats-server is too old."""

    code = "queue_too_old"

    def __init__(self, where: str, version: str, needed: str) -> None:
        super().__init__(
            f"nats-server {version} ({where}) is too old: Atelier needs {needed} or newer. "
            "Install a newer one, or leave it away and the one that comes along is used."
        )
        self.where, self.version, self.needed = where, version, needed


class PictureMissing(JobError):
    """I no longer have a picture that this one needs. Send it again with `/stylize`, please."""

    code = "picture_missing"

    def __init__(self, digest: str) -> None:
        super().__init__(self.__doc__)
        self.digest = digest
