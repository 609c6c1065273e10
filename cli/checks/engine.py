"""Device and weights: what only a host with the engine on it needs."""

from collections.abc import Iterator
from pathlib import Path

from cli.checks.finding import Finding, broken, fine, note
from config.settings import Engine, Settings, SettingsError
from jobs.presets import load_presets
from jobs.recipe import CLASSIC_BACKBONE as CLASSIC
from samples import STYLES


def check_engine(settings: Settings) -> Iterator[Finding]:
    """Where the engine would paint, and with which weights."""
    # Imported here, since a host that only talks to Discord has no PyTorch.
    try:
        import torch

        from engine.errors import NoSuchDevice
        from engine.runner import pick_device
    except (ImportError, OSError) as error:
        yield broken("device", f"PyTorch does not load: {error}.", "Install the engine extra anew.")
        return
    try:
        device = pick_device(settings.engine)
        yield fine("device", f"{device.name} (PyTorch {torch.__version__})")
    except NoSuchDevice as error:
        first, _, rest = str(error).partition(". ")
        yield broken("device", f"{first}.", rest)
    yield _weights(settings.engine)
    yield from _classic(settings)


def _weights(settings: Engine) -> Finding:
    from engine.errors import BadWeights, WeightsMissing
    from engine.stand_in import STAND_IN
    from engine.weights import find_weights

    here, name = _without_download(settings), settings.backbone
    try:
        return fine("weights", f"{name}: {find_weights(name, here).source.source}")
    except BadWeights as error:
        first, _, rest = str(error).partition(". ")
        return broken("weights", f"{first}.", rest)
    except WeightsMissing as error:
        missing = error
    try:
        stand_in = find_weights(STAND_IN, here).source.source
    except (BadWeights, WeightsMissing) as error:
        return broken("weights", f"neither {name} nor {STAND_IN}: {error}", str(missing))
    found = f"{name} is not on this machine; {STAND_IN} ({stand_in}) stands in for it"
    if settings.download == "auto":
        found += ", unless the first start can download it"
    return note("weights", f"{found}.", _own_file(name, settings))


def _classic(settings: Settings) -> Iterator[Finding]:
    """The network of the classic presets, where there are any: nothing stands in for it."""
    from engine.errors import BadWeights, WeightsMissing
    from engine.weights import find_weights

    names = _classic_presets(settings)
    if not names or settings.engine.backbone == CLASSIC:
        return
    try:
        weights = find_weights(CLASSIC, _without_download(settings.engine))
        yield fine("classic", f"{CLASSIC}: {weights.source.source}")
    except BadWeights as error:
        first, _, rest = str(error).partition(". ")
        yield broken("classic", f"{first}.", rest)
    except WeightsMissing:
        found = f"{CLASSIC} is not on this machine, so {', '.join(names)} are refused"
        if settings.engine.download == "auto":
            found += ", unless it can be downloaded when somebody asks for one"
        yield note("classic", f"{found}.", _own_file(CLASSIC, settings.engine))


def _classic_presets(settings: Settings) -> list[str]:
    try:
        presets = load_presets(settings.presets_file, STYLES)
    except SettingsError:
        # What is wrong with the file is a finding of its own.
        return []
    return [preset.name for preset in presets.all if preset.classic is not None]


def _without_download(settings: Engine) -> Engine:
    return settings.model_copy(update={"download": "never"})


def _own_file(name: str, settings: Engine) -> str:
    file = f"{name}.safetensors or {name}.pth"
    if not settings.weights_dir:
        return f"To have it, put {file} into a folder, and name that: ATELIER_ENGINE__WEIGHTS_DIR."
    if not Path(settings.weights_dir).is_dir():
        return f"There is no folder {settings.weights_dir}: mend ATELIER_ENGINE__WEIGHTS_DIR."
    return f"To have it, put {file} into {settings.weights_dir}."
