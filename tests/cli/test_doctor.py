"""What `atelier doctor` finds, and what it says to do."""

import base64
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.doctor import doctor
from jobs.server import EmbeddedServer

USER_ID = 123456789012345678
APPLICATION_ID = 987654321098765432
TOKEN = f"{base64.b64encode(str(USER_ID).encode()).decode()}.stand-in.for-tests"
PERMISSIONS = (1 << 6) | (1 << 10) | (1 << 11) | (1 << 14) | (1 << 15) | (1 << 16) | (1 << 38)


def link(client_id: int) -> str:
    """The invite link as Discord's documentation has it."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={client_id}"
        f"&scope=bot+applications.commands&permissions={PERMISSIONS}"
    )


class Api(BaseHTTPRequestHandler):
    """Discord's answer to who an application is."""

    def do_GET(self) -> None:
        """Answer for TOKEN, and 401 for any other."""
        known = self.headers["Authorization"] == f"Bot {TOKEN}"
        found = self.path == "/api/oauth2/applications/@me"
        self.send_response((200 if known else 401) if found else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"id": str(APPLICATION_ID), "name": "Atelier"}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def api_url() -> Iterator[str]:
    """Where a Discord stands in that knows TOKEN."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def healthy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, api_url: str) -> None:
    """Settings with which all is well."""
    monkeypatch.delenv("ATELIER_DISCORD__TOKEN", raising=False)
    settings = {
        "DISCORD_TOKEN": TOKEN,
        "ATELIER_DISCORD__API_URL": api_url,
        "ATELIER_DATA_DIR": str(tmp_path / "data"),
        "ATELIER_ENGINE__DOWNLOAD": "never",
        "ATELIER_ENGINE__DEVICE": "cpu",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def examined(*arguments: str) -> Result:
    """What the command prints and exits with."""
    return CliRunner().invoke(doctor, arguments)


def line(result: Result, what: str) -> str:
    """The line about `what`, and the one below it."""
    lines = result.output.splitlines()
    place = next(n for n, text in enumerate(lines) if text[2:].startswith(what))
    return "\n".join(lines[place : place + 2])


def test_all_is_well() -> None:
    """Where all that is needed is here, nothing is marked as broken and the exit code is 0."""
    result = examined()
    assert (0, 0) == (result.exit_code, result.output.count("✗"))


def test_invite_link() -> None:
    """The invite link asks for the permissions and scopes that the bot needs, and no more."""
    assert link(APPLICATION_ID) in line(examined(), "invite")


def test_permissions_in_words() -> None:
    """What the link asks for stands there as Discord's own pages call it."""
    assert "Attach Files" in line(examined(), "invite")
    assert "View Channels" in line(examined(), "invite")


def test_token_with_a_line_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks around a token are passed over, as discord.py does."""
    monkeypatch.setenv("DISCORD_TOKEN", f" {TOKEN}\n")
    assert "✓ token" in line(examined(), "token")


def test_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token the doctor says where one is had."""
    monkeypatch.delenv("DISCORD_TOKEN")
    result = examined()
    assert 1 == result.exit_code
    assert "✗ token    none" in line(result, "token")
    assert "Reset Token" in line(result, "token")


def test_wrong_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that Discord refuses is told from one that could not be asked about."""
    monkeypatch.setenv("DISCORD_TOKEN", "wrong")
    result = examined()
    assert (1, True) == (
        result.exit_code,
        "✗ token    Discord does not accept it." in line(result, "token"),
    )


def test_discord_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Discord cannot be asked, the link is made from the token, and that is no fault."""
    monkeypatch.setenv("ATELIER_DISCORD__API_URL", "http://127.0.0.1:9/api")
    result = examined()
    assert (0, "!") == (result.exit_code, line(result, "token")[0])
    assert link(USER_ID) in line(result, "invite")


def test_malformed_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Discord cannot be asked, a text that is no token is still found out."""
    monkeypatch.setenv("ATELIER_DISCORD__API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("DISCORD_TOKEN", "my-bot")
    assert "✗ token    It is not formed like a bot's token." in line(examined(), "token")


def test_token_is_not_shown() -> None:
    """The token is never printed."""
    assert TOKEN not in examined().output


def test_queue_embedded() -> None:
    """Without a queue elsewhere, the nats-server that would be started is named."""
    assert "✓ queue    nats-server: v2." in line(examined(), "queue")


def test_queue_answers(nats_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue elsewhere is asked for its version."""
    monkeypatch.setenv("ATELIER_NATS__URL", nats_server.address.url)
    monkeypatch.setenv("ATELIER_NATS__TOKEN", nats_server.address.token)
    found = line(examined(), "queue")
    assert found.startswith("✓ queue    nats-server 2.")
    assert nats_server.address.url.removeprefix("nats://") in found


def test_queue_refuses(nats_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that asks for another token is found out."""
    monkeypatch.setenv("ATELIER_NATS__URL", nats_server.address.url)
    monkeypatch.setenv("ATELIER_NATS__TOKEN", "another")
    result = examined()
    assert (1, True) == (result.exit_code, "it asks for another token" in line(result, "queue"))


def test_queue_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that does not answer is given up, and the settings to look at are named."""
    monkeypatch.setenv("ATELIER_NATS__URL", "nats://127.0.0.1:9")
    monkeypatch.setenv("ATELIER_NATS__CONNECT_SECONDS", "0.5")
    result = examined()
    assert (1, True) == (result.exit_code, "ATELIER_NATS__URL" in line(result, "queue"))


def test_no_such_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that this machine lacks is told with those that it has."""
    monkeypatch.setenv("ATELIER_ENGINE__DEVICE", "cuda:99")
    result = examined()
    assert (1, "✗") == (result.exit_code, line(result, "device")[0])
    assert "Choose one of these" in line(result, "device")


def test_weights_stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Weights that are not here are told, with what stands in for them and how to have them."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("ATELIER_ENGINE__BACKBONE", "vgg16")
    result = examined()
    assert (0, "!") == (result.exit_code, line(result, "weights")[0])
    assert "vgg19_original" in line(result, "weights")
    assert "vgg16.safetensors" in line(result, "weights")


def test_weights_dir_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder of weights that is not there is named."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("ATELIER_ENGINE__WEIGHTS_DIR", str(tmp_path / "no"))
    assert f"There is no folder {tmp_path / 'no'}" in line(examined(), "weights")


def test_classic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Presets that are refused for want of their network are told, with the file to bring."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    found = line(examined(), "classic")
    assert ("!", True) == (found[0], "classic-starry are refused" in found)
    assert "squeezenet1_1.safetensors" in found


def test_weights_damaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A damaged file of one's own is a fault, since nothing stands in for it silently."""
    (tmp_path / "squeezenet1_0.safetensors").write_bytes(b"no weights")
    monkeypatch.setenv("ATELIER_ENGINE__WEIGHTS_DIR", str(tmp_path))
    result = examined()
    assert (1, "✗") == (result.exit_code, line(result, "weights")[0])


def test_data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data directory that cannot be written is a fault."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path / "file"))
    result = examined()
    assert (1, "✗") == (result.exit_code, line(result, "data")[0])


def test_file_of_another_user(monkeypatch: pytest.MonkeyPatch, data_of_two: Path) -> None:
    """A file that a start as another user left is named, and the queue is not blamed for it."""
    monkeypatch.setenv("ATELIER_DATA_DIR", str(data_of_two))
    result = examined()
    assert (1, "✗") == (result.exit_code, line(result, "data")[0])
    assert f"{data_of_two}/bot.sqlite3" in line(result, "data")
    assert "! queue" in line(result, "queue")


def test_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room is a fault, and the doctor says to make some."""
    full = shutil.disk_usage("/")._replace(free=50 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    result = examined()
    assert (1, True) == (result.exit_code, "50 MiB free" in line(result, "data"))
    assert "make room" in line(result, "data")


def test_nothing_is_made(tmp_path: Path) -> None:
    """The data directory is not made by looking at it."""
    examined()
    assert [] == list(tmp_path.iterdir())


def test_presets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A presets file that is not there is a fault, and is named."""
    monkeypatch.setenv("ATELIER_PRESETS", str(tmp_path / "mine.toml"))
    result = examined()
    assert (1, True) == (result.exit_code, "mine.toml" in line(result, "presets"))


def test_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting is the one finding."""
    monkeypatch.setenv("ATELIER_LOG__LEVEL", "loud")
    result = examined()
    assert (1, 1) == (result.exit_code, result.output.count("✗ "))
    assert "ATELIER_LOG__LEVEL is 'loud'" in line(result, "settings")


def test_bot_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without torch is fine as a bot's."""
    monkeypatch.setitem(sys.modules, "torch", None)
    result = examined()
    assert (0, "!") == (result.exit_code, line(result, "engine")[0])


def test_engine_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without discord.py is fine as an engine's, and needs no token."""
    monkeypatch.setitem(sys.modules, "discord", None)
    monkeypatch.delenv("DISCORD_TOKEN")
    result = examined()
    assert (0, "!") == (result.exit_code, line(result, "bot")[0])


def test_for_the_engine() -> None:
    """Asked for `atelier engine`, the doctor needs no token, and looks at none."""
    assert "token" not in examined("engine").output


def test_for_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for `atelier bot`, the doctor looks at no device."""
    monkeypatch.setenv("ATELIER_ENGINE__DEVICE", "cuda:99")
    result = examined("bot")
    assert (0, 0) == (result.exit_code, result.output.count("device"))


def test_engine_alone_has_no_data(
    nats_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine at a queue elsewhere keeps nothing, so its data directory does not matter."""
    monkeypatch.setenv("ATELIER_NATS__URL", nats_server.address.url)
    monkeypatch.setenv("ATELIER_NATS__TOKEN", nats_server.address.token)
    assert "data " not in examined("engine").output


def test_part_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to run here and is not installed is a fault."""
    monkeypatch.setitem(sys.modules, "torch", None)
    result = examined("run")
    assert (1, "✗") == (result.exit_code, line(result, "engine")[0])
