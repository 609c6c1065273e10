"""Importing torchvision beside any torch."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys, warnings
warnings.simplefilter("error")
from engine.torchvision_import import torchvision_models
for _ in range(2):
    print(torchvision_models().get_model_weights("vgg19").DEFAULT.url.rpartition("/")[2])
"""


@pytest.mark.filterwarnings("default")
def test_it_imports_beside_this_torch_and_without_a_warning() -> None:
    """A fresh process gets torchvision's table of weights, and gets it again."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert ["vgg19-dcbb9e9d.pth"] * 2 == done.stdout.split(), done.stderr


def test_importing_the_engine_needs_no_torchvision() -> None:
    """An engine whose weights lie on disk starts without the seconds that torchvision takes."""
    script = "import sys, engine.backbones; print('torchvision' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "False" == done.stdout.strip(), done.stderr
