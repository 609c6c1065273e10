"""What can be wrong in an engine, with the sentence that an operator or member reads.

EngineError
├── NoSuchDevice          the setting names a device that this machine lacks
├── DeviceLost            a fault has left the device of no use to this process
├── OutOfMemory           the painting does not fit into the device's memory
├── Diverged              the losses are no numbers any more
└── WeightsError          a backbone cannot be loaded
    ├── BadWeights        a file is there, but it is not what it should be
    ├── WeightsMissing    nothing is there, not even what stands in
    ├── NoStandIn         nothing is there, and the recipe lets no other network paint
    └── DownloadFailed    the download did not answer, broke off or brought something else
"""


class EngineError(Exception):
    """The engine cannot do this."""

    code = "engine"


class NoSuchDevice(EngineError):
    """This machine has no such device."""

    code = "no_such_device"

    def __init__(self, name: str, found: tuple[str, ...]) -> None:
        super().__init__(
            f"The setting ATELIER_ENGINE__DEVICE is {name}, and PyTorch finds no such device here. "
            f"It finds: {', '.join(found)}. Choose one of these, or auto."
        )
        self.name, self.found = name, found


class DeviceLost(EngineError):
    """The device answers this process no more."""

    code = "device_lost"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The device answers this process no more: {why}. The engine ends and is to be started "
            "again; if that does not help, look at the driver's log."
        )
        self.why = why


class OutOfMemory(EngineError):
    """There is not enough memory for this painting. Ask for a smaller size."""

    code = "out_of_memory"

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Diverged(EngineError):
    """These weights make numbers that no picture can follow. Give smaller ones, such as 5,1,0.5."""

    code = "diverged"

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class WeightsError(EngineError):
    """The weights of a backbone cannot be had."""

    code = "weights"


class BadWeights(WeightsError):
    """A file of weights is damaged, or holds another network's."""

    code = "bad_weights"

    def __init__(self, path: str, backbone: str, why: str) -> None:
        super().__init__(
            f"{path} does not hold the weights of {backbone}: {why}. Put a file in torchvision's "
            "layout there, or remove it so that another source is tried."
        )
        self.path, self.backbone, self.why = path, backbone, why


class WeightsMissing(WeightsError):
    """No source has the weights."""

    code = "weights_missing"

    def __init__(self, backbone: str, why: str) -> None:
        super().__init__(
            f"There are no weights for {backbone}: {why}. Put {backbone}.safetensors or "
            f"{backbone}.pth into a folder and name it in ATELIER_ENGINE__WEIGHTS_DIR."
        )
        self.backbone, self.why = backbone, why


class NoStandIn(WeightsError):
    """A recipe of the classic mode, and its network is not here."""

    code = "no_stand_in"

    def __init__(self, backbone: str, why: str) -> None:
        # Members read this too, so `why`, which may name paths, is for the log.
        super().__init__(
            f"Classic presets are painted by {backbone} and by no other network, and its weights "
            "are not on this machine, so nothing was painted. Choose another preset; or whoever "
            f"runs this puts {backbone}.safetensors or {backbone}.pth into a folder and names it "
            "in ATELIER_ENGINE__WEIGHTS_DIR."
        )
        self.backbone, self.why = backbone, why


class DownloadFailed(WeightsError):
    """A download did not bring the file."""

    code = "download_failed"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
