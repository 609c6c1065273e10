"""What a member is told of a fault."""

import pytest

from engine.errors import BadWeights, Diverged, NoStandIn, OutOfMemory
from engine.failures import failure
from jobs.errors import PictureMissing
from pictures.errors import UnreadableImage

JOB = "1" * 32


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (PictureMissing("0" * 64), "picture_missing", "Send it again"),
        (OutOfMemory(), "out_of_memory", "smaller size"),
        (Diverged(), "diverged", "Give smaller ones"),
        (UnreadableImage("PNG", "detail"), "unreadable_image", "damaged or cut off"),
        (BadWeights("/srv/x.pth", "vgg16", "why"), "bad_weights", "Choose another backbone"),
        (NoStandIn("squeezenet1_1", "/srv has no file"), "no_stand_in", "Choose another preset"),
        (ValueError("detail"), "unexpected", "the reference"),
    ],
)
def test_a_fault_has_a_code_and_a_sentence(error: Exception, code: str, part: str) -> None:
    """Each known fault keeps its code and gets a sentence with a next step."""
    failed = failure(JOB, error)
    assert (JOB, code, True) == (failed.job, failed.code, part in failed.sentence)


@pytest.mark.parametrize(
    "error",
    [BadWeights("/srv/x.pth", "vgg16", "why"), NoStandIn("vgg16", "/srv"), ValueError("/srv/x")],
)
def test_members_read_no_paths(error: Exception) -> None:
    """What is for the operator is not in the member's sentence."""
    assert "/srv" not in failure(JOB, error).sentence


def test_references_differ() -> None:
    """Two unexpected faults can be told apart in the log."""
    sentences = {failure(JOB, ValueError()).sentence for _ in range(2)}
    assert 2 == len(sentences)
