"""Data for tests that is not in the project: skipped with a reason where it is absent."""

import os
from pathlib import Path
from typing import NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """Skip for the lack of `what`; fail instead where WEIGHTS_REQUIRED says it must be here."""
    if os.environ.get("WEIGHTS_REQUIRED"):
        pytest.fail(f"{what} must be here, and is not")
    pytest.skip(f"needs {what}")


def weights_dir() -> str:
    """The folder of the weights for a process that runs elsewhere; empty where none is named."""
    given = os.environ.get("WEIGHTS_DIR", "")
    return str(Path(given).resolve()) if given else ""
