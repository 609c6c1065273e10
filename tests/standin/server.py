"""The stand-in itself: one aiohttp server with API, gateway and CDN on a free loopback port."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from .actors import Actors
from .connections import ABNORMAL
from .faults import Fault, Kind
from .gateway import Gateway
from .ratelimits import RateLimits
from .rest import PREFIX, Rest
from .schema import Schema
from .state import Channel, Guild, Permission, User
from .world import BOT_PERMISSIONS, Request, World

TOKEN = "stand-in.token.for-tests"
MIB = 1024 * 1024
# discord.py's figure for a guild without boosts, and Discord's.
UPLOAD_LIMIT = 10 * MIB
BODY_LIMIT = 256 * MIB
SCHEMA = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"

T = TypeVar("T")


class Discord(Actors):
    """A small Discord over real sockets.

        async with Discord() as discord:
            guild = discord.create_guild("Studio")
            channel = discord.create_channel(guild, "art")
            alice = discord.create_user("alice", guild)
            ...  # start the bot with discord.token, .api_url, .gateway_url, .cdn_url
            await discord.ready("stylize")
            asked = await discord.slash(alice, channel, "stylize", content=("a.jpg", data))

    Args:
        port: the port to listen on; 0 takes a free one.
        upload_limit: bytes a file may have.
        rate_limits: answer 429 where Discord would, and say so in headers beforehand.
        ack_seconds, token_seconds: how long an interaction waits, and its token works.
        schema: Discord's OpenAPI document; nothing is checked against it where it is missing.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        port: int = 0,
        upload_limit: int = UPLOAD_LIMIT,
        rate_limits: bool = True,
        ack_seconds: float = 3.0,
        token_seconds: float = 900.0,
        heartbeat_seconds: float = 41.25,
        schema: Path = SCHEMA,
    ) -> None:
        self.token = token
        self.world = World(
            upload_limit=upload_limit, ack_seconds=ack_seconds, token_seconds=token_seconds
        )
        self.gateway = Gateway(self.world, token, heartbeat_seconds)
        limits = RateLimits() if rate_limits else None
        self.rest = Rest(self.world, token, limits, Schema.load(schema))
        self._port = port
        self._runner: web.AppRunner | None = None

    # Life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_LIMIT)
        self.rest.add_to(app)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/cdn/{path:.*}", self.world.cdn.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        self.gateway.url = self.rest.gateway_url = f"ws://127.0.0.1:{self._port}/gateway/"
        self.world.cdn.base = f"http://127.0.0.1:{self._port}/cdn"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        self.rest.faults.clear()
        await self.gateway.drop()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """Where REST is: `Route.BASE`."""
        return f"http://127.0.0.1:{self._port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """Where the gateway is: `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return self.gateway.url

    @property
    def cdn_url(self) -> str:
        """Where assets are: `Asset.BASE`."""
        return self.world.cdn.base

    # Making

    def create_guild(self, name: str, permissions: Permission = BOT_PERMISSIONS) -> Guild:
        """A guild with the bot in it, invited with these permissions."""
        return self.world.add_guild(name, permissions)

    def create_channel(self, guild: Guild, name: str) -> Channel:
        """A text channel."""
        return self.world.add_channel(guild, name)

    def create_user(self, name: str, *guilds: Guild) -> User:
        """A user, member of these guilds."""
        user = self.world.add_user(name)
        for guild in guilds:
            guild.members[user.id] = user
        return user

    def direct_channel(self, user: User) -> Channel:
        """The user's direct messages with the bot."""
        return self.world.direct_channel(user)

    # Looking

    @property
    def violations(self) -> list[str]:
        """Every rule of Discord's that the bot broke, as sentences; [] is what a test wants."""
        return self.world.violations

    @property
    def refusals(self) -> list[str]:
        """Every request that was refused, the faultless ones too (a deleted message)."""
        return self.world.refusals

    @property
    def requests(self) -> list[Request]:
        """The newest requests, oldest first."""
        return list(self.world.requests)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 30.0) -> T:  # noqa: ASYNC109
        """The first true value of the predicate, looked at after every change.

        TimeoutError, with what was asked of Discord last, when none comes.
        """
        try:
            return await self.world.wait_for(predicate, timeout)
        except TimeoutError as exc:
            last = [f"{each.method} {each.path} {each.status}" for each in self.requests[-15:]]
            exc.add_note("\n".join(["the last requests:", *last]))
            raise

    async def ready(self, *commands: str, timeout: float = 30.0) -> None:  # noqa: ASYNC109
        """Wait until a bot is connected and has these global commands."""
        known = self.world.commands[None]
        await self.wait_for(
            lambda: bool(self.gateway.connected) and set(commands) <= set(known), timeout
        )

    async def gone(self, timeout: float = 30.0) -> None:  # noqa: ASYNC109
        """Wait until no bot is connected."""
        await self.wait_for(lambda: not self.gateway.connected, timeout)

    # Trouble

    def advance(self, seconds: float) -> None:
        """Move Discord's clock: tokens and URLs expire."""
        self.world.offset += seconds
        self.world.touch()

    def fail_next(
        self,
        pattern: str,
        kind: Kind,
        times: int = 1,
        *,
        code: int = 0,
        retry_after: float = 0.2,
        via: bool = True,
        applied: bool = False,
    ) -> Fault:
        """Let the next requests that fit fail, as faults.Fault says.

        The pattern is a shell's, over 'METHOD /path' without the API's prefix, such as
        'POST /channels/*/messages'.
        """
        fault = Fault(pattern, kind, times, code, retry_after, via, applied)
        return self.rest.faults.add(fault)

    def clear_faults(self) -> None:
        """Forget ordered faults, and let hanging requests go."""
        self.rest.faults.clear()

    async def drop_gateway(self, *, resumable: bool = True, code: int = ABNORMAL) -> None:
        """Cut the bot's connection; without `resumable` it has to identify anew."""
        await self.gateway.drop(resumable=resumable, code=code)
