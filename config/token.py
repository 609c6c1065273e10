"""What an operator is told about the bot's token; needs no discord.py."""

PORTAL = "https://discord.com/developers/applications"
NO_TOKEN = (
    f"There is no token. Open {PORTAL}, choose your application (or New Application), press Reset "
    "Token on its Bot page, and put what it shows into DISCORD_TOKEN. `make demo` needs none."
)
REFUSED_TOKEN = (
    f"Discord does not accept the token. Open {PORTAL}, choose your application, press Reset Token "
    "on its Bot page, and put the new one into DISCORD_TOKEN."
)
