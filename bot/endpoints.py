"""Where Discord is: its own hosts, or a proxy or stand-in that the settings name."""

import discord.asset
import discord.gateway
import discord.http
from yarl import URL

from config.settings import Discord


def point_at(settings: Discord) -> None:
    """Send everything that discord.py does to the hosts in `settings`, for this whole process."""
    discord.http.Route.BASE = settings.api_url.rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)
    discord.asset.Asset.BASE = settings.cdn_url.rstrip("/")
