"""Device and weights: what only a host with the engine on it needs."""

from collections.abc import Iterator

from cli.checks.finding import Finding, broken, fine, note
from config.settings import Engine


def check_engine(settings: Engine) -> Iterator[Finding]:
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
        yield fine("device", f"{pick_device(settings).name} (PyTorch {torch.__version__})")
    except NoSuchDevice as error:
        first, _, rest = str(error).partition(". ")
        yield broken("device", f"{first}.", rest)
    yield _weights(settings)


def _weights(settings: Engine) -> Finding:
    from engine.errors import BadWeights, WeightsMissing
    from engine.stand_in import STAND_IN
    from engine.weights import find_weights

    here = settings.model_copy(update={"download": "never"})
    name = settings.backbone
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
    return note("weights", f"{found}.", _own_file(name))


def _own_file(name: str) -> str:
    return f"To use your own, put {name}.safetensors into a folder: ATELIER_ENGINE__WEIGHTS_DIR."
