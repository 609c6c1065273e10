"""The editor's pace, with a client that notes what is edited."""

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import aiohttp
import discord
import pytest

from bot.editor import Editor, Look, Spot
from tests.bot.making import SETTINGS

SPOT = Spot(1, 2)
QUICK = SETTINGS.discord.model_copy(update={"edit_seconds": 0.1, "channel_edits": 50})


class Notebook:
    """Stands for a client: keeps what every message was made to show."""

    def __init__(self) -> None:
        self.edits: list[tuple[int, str]] = []
        self.files: list[str] = []
        self.failures: list[Exception] = []
        self.edited = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def get_partial_messageable(self, channel_id: int) -> Any:
        return SimpleNamespace(get_partial_message=self._message)

    def _message(self, message_id: int) -> Any:
        async def edit(content: str, attachments: Any = (), **_: Any) -> None:
            await self.gate.wait()
            self.edited.set()
            if self.failures:
                raise self.failures.pop()
            self.edits.append((message_id, content))
            self.files += [file.filename for file in attachments]

        return SimpleNamespace(edit=edit)

    async def next_edit(self) -> None:
        await asyncio.wait_for(self.edited.wait(), 5)
        self.edited.clear()


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def editor(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("bot.editor._AGAIN_SECONDS", 0.1)
    editor = Editor(notebook, QUICK)  # type: ignore[arg-type]
    yield editor
    await editor.close()


async def test_latest_wins(editor: Editor, notebook: Notebook) -> None:
    """Of many looks between two edits only the last one is shown."""
    for number in range(50):
        editor.show(SPOT, Look(str(number)))
    await notebook.next_edit()
    assert notebook.edits == [(2, "49")]


async def test_a_preview_is_not_lost(editor: Editor, notebook: Notebook) -> None:
    """A look without a picture keeps the preview that was still to be shown."""
    editor.show(SPOT, Look("a", ("preview.jpg", b"p")))
    editor.show(SPOT, Look("b"))
    await notebook.next_edit()
    assert (notebook.edits, notebook.files) == ([(2, "b")], ["preview.jpg"])


async def test_a_final_look_stays(editor: Editor, notebook: Notebook) -> None:
    """After the final look nothing is shown any more, however late it comes."""
    editor.show(SPOT, Look("progress"))
    await editor.finish(SPOT, Look("done"))
    editor.show(SPOT, Look("late"))
    await editor.finish(Spot(1, 3), Look("other"))
    assert notebook.edits == [(2, "done"), (3, "other")]


async def test_a_final_look_waits_for_an_edit_under_way(editor: Editor, notebook: Notebook) -> None:
    """An edit of progress that is on its way cannot arrive after the final one."""
    notebook.gate.clear()
    editor.show(SPOT, Look("progress"))
    await asyncio.sleep(0)
    final = asyncio.create_task(editor.finish(SPOT, Look("done")))
    await asyncio.sleep(0)
    notebook.gate.set()
    await final
    assert notebook.edits[-1] == (2, "done")


async def test_a_lost_edit_is_not_the_end(editor: Editor, notebook: Notebook) -> None:
    """An edit of progress that fails is made again: a place may be told only once."""
    notebook.failures = [aiohttp.ClientConnectionError()]
    editor.show(SPOT, Look("place 2"))
    await notebook.next_edit()
    await notebook.next_edit()
    assert notebook.edits == [(2, "place 2")]


async def test_later_news_replace_a_lost_edit(editor: Editor, notebook: Notebook) -> None:
    """What failed is not shown any more where there is something newer."""
    notebook.failures = [aiohttp.ClientConnectionError()]
    editor.show(SPOT, Look("place 2"))
    await notebook.next_edit()
    editor.show(SPOT, Look("place 1"))
    await notebook.next_edit()
    await editor.finish(Spot(1, 3), Look("other"))
    assert notebook.edits == [(2, "place 1"), (3, "other")]


async def test_a_refused_edit_is_dropped(editor: Editor, notebook: Notebook) -> None:
    """An edit that Discord will never take is not made again, and the next one is."""
    notebook.failures = [discord.HTTPException(Mock(status=400, reason="x"), "body")]
    editor.show(SPOT, Look("too much"))
    await notebook.next_edit()
    editor.show(SPOT, Look("shown"))
    await notebook.next_edit()
    assert notebook.edits == [(2, "shown")]


async def test_a_final_failure_is_raised(editor: Editor, notebook: Notebook) -> None:
    """A final edit that fails is the caller's to repeat."""
    notebook.failures = [aiohttp.ClientConnectionError()]
    with pytest.raises(aiohttp.ClientConnectionError):
        await editor.finish(SPOT, Look("done"))
    await editor.finish(SPOT, Look("done"))
    assert notebook.edits == [(2, "done")]


async def test_progress_does_not_follow_the_final_look(editor: Editor, notebook: Notebook) -> None:
    """Progress that comes while the final edit is on its way is not shown over it."""
    notebook.gate.clear()
    final = asyncio.create_task(editor.finish(SPOT, Look("done")))
    await asyncio.sleep(0)
    editor.show(SPOT, Look("progress"))
    notebook.gate.set()
    await final
    await editor.finish(Spot(1, 3), Look("other"))
    assert notebook.edits == [(2, "done"), (3, "other")]
