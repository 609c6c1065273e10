"""Downloads: whole and right, or given up within the limit."""

import hashlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from engine import download as module
from engine import weights
from engine.backbones import load_backbone
from engine.download import download
from engine.errors import DownloadFailed
from engine.runner import Device
from tests.engine.conftest import engine_settings

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _no_host_failed_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process remembers of hosts, and proxies, stay out of the tests."""
    monkeypatch.setattr(module, "_gave_up", {})
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@contextmanager
def silent_host() -> Iterator[tuple[str, list[socket.socket]]]:
    """Takes connections and never answers; yields its address and the connections."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_take, args=(server, taken), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/vgg16-00000000.pth", taken
        # shutdown wakes the thread out of accept; close alone does not.
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in taken:
        connection.close()


def _take(server: socket.socket, taken: list[socket.socket]) -> None:
    while True:
        try:
            taken.append(server.accept()[0])
        except OSError:
            return


@contextmanager
def serving(content: bytes, length: int | None = None) -> Iterator[str]:
    """Serves `content` once, announcing `length` bytes; yields its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(length or len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/file.pth"
        thread.join()


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    """Its bytes are the host's, and nothing else is left in the folder."""
    with serving(CONTENT) as url:
        download(url, tmp_path / "cache" / "file.pth", SHA256[:8], silence=5)
    assert {"file.pth": CONTENT} == {
        path.name: path.read_bytes() for path in (tmp_path / "cache").iterdir()
    }


def test_a_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    """It never appears under its name."""
    with serving(CONTENT) as url, pytest.raises(DownloadFailed, match="brought a damaged file"):
        download(url, tmp_path / "file.pth", "00000000", silence=5)
    assert [] == list(tmp_path.iterdir())


def test_a_transfer_that_breaks_off_is_refused(tmp_path: Path) -> None:
    """The host had announced more."""
    url_and_failure = serving(CONTENT, length=len(CONTENT) + 9)
    with url_and_failure as url, pytest.raises(DownloadFailed):
        download(url, tmp_path / "file.pth", SHA256[:8], silence=5)
    assert [] == list(tmp_path.iterdir())


def test_a_silent_host_is_given_up_within_the_limit(tmp_path: Path) -> None:
    """Connected, and then nothing: one second is one second."""
    with silent_host() as (url, _):
        begun = time.monotonic()
        with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1.*(sent nothing|timed out)"):
            download(url, tmp_path / "file.pth", SHA256[:8], silence=1)
        seconds = time.monotonic() - begun
    assert 0.9 < seconds < 2.0


def test_a_failed_host_is_not_asked_again(tmp_path: Path) -> None:
    """The second failure costs no time and no connection."""
    with silent_host() as (url, taken):
        for _ in range(2):
            begun = time.monotonic()
            with pytest.raises(DownloadFailed):
                download(url, tmp_path / "file.pth", SHA256[:8], silence=1)
        assert time.monotonic() - begun < 0.2
        assert 1 == len(taken)


def test_a_host_that_refuses_is_named(tmp_path: Path) -> None:
    """The reason is the operating system's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DownloadFailed, match=rf"127\.0\.0\.1:{port}: .*refused"):
        download(f"http://127.0.0.1:{port}/x", tmp_path / "file.pth", "", silence=5)


def test_a_backbone_behind_a_silent_host_is_stood_in_for_within_the_limit(
    tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way, twice: once with the wait, then without it."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    settings = engine_settings(download="auto", download_seconds=2)
    with silent_host() as (url, taken):
        monkeypatch.setattr(weights, "_address", lambda _: url)
        names = [load_backbone("vgg16", settings, device).name for _ in range(2)]
        assert 1 == len(taken)
    assert ["vgg19_original"] * 2 == names
