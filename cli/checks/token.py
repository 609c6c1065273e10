"""The token and the invite link: what only a host with the bot on it needs."""

from collections.abc import Iterator

from cli.checks.finding import Finding, broken, fine, note
from cli.discord_token import NoAnswer, WrongToken, ask_discord, client_id_of
from config.settings import Discord
from config.token import NO_TOKEN, REFUSED_TOKEN

_SECONDS = 5.0
_SCOPES = ("bot", "applications.commands")
_AS_DISCORD_SAYS = {"read_messages": "View Channels"}
_WRONG = REFUSED_TOKEN.removeprefix("Discord does not accept the token. ")


def check_token(settings: Discord) -> Iterator[Finding]:
    """Whether there is a token and Discord takes it; then the link that invites the bot."""
    # Without the blanks and line ends around it, as discord.py takes it.
    token = settings.token.get_secret_value().strip()
    if not token:
        yield broken("token", "none", NO_TOKEN.removeprefix("There is no token. "))
        return
    try:
        application = ask_discord(settings.api_url, token, _SECONDS)
    except WrongToken:
        yield broken("token", "Discord does not accept it.", _WRONG)
        return
    except NoAnswer as error:
        yield from _unasked(settings, token, str(error))
        return
    yield fine("token", f"Discord knows it: {application.name}")
    yield _invite(application.id)


def _unasked(settings: Discord, token: str, why: str) -> Iterator[Finding]:
    client_id = client_id_of(token)
    if client_id is None:
        yield broken("token", "It is not formed like a bot's token.", _WRONG)
        return
    yield note(
        "token",
        f"set, but {settings.api_url} could not be asked: {why}.",
        "Look at the network of this machine; `atelier run` goes on trying.",
    )
    yield _invite(client_id)


def _invite(client_id: int) -> Finding:
    # Imported here, since a host that only paints has no discord.py.
    from discord.utils import oauth_url

    from bot.permissions import NEEDED

    link = oauth_url(client_id, permissions=NEEDED, scopes=_SCOPES)
    asked = ", ".join(_in_words(name) for name, needed in NEEDED if needed)
    return fine(
        "invite", f"This link invites the bot to a server of yours. It asks for {asked}.", link
    )


def _in_words(permission: str) -> str:
    return _AS_DISCORD_SAYS.get(permission, permission.replace("_", " ").title())
