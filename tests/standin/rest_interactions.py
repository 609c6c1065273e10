"""How the bot answers commands and components: callbacks, the original, followups."""

from collections.abc import Callable

from . import errors, limits, posting
from .calls import Call, Route
from .state import Flag, Interaction, InteractionType, Json, Message, User

PONG, ANSWER, DEFER, DEFER_UPDATE, UPDATE, CHOICES = 1, 4, 5, 6, 7, 8


def callback(call: Call) -> Json | None:
    """POST the acknowledgement: once, and within three seconds."""
    interaction = call.world.interactions.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.match["interaction_token"]:
        raise errors.unknown_interaction(late=False)
    if interaction.acknowledged:
        raise errors.already_acknowledged()
    if interaction.failed or call.world.now() - interaction.at > call.world.ack_seconds:
        raise errors.unknown_interaction(late=True)
    kind = call.body.fields["type"]
    if kind not in CALLBACKS:
        raise errors.not_stood_in(f"interaction callbacks of type {kind}")
    message = CALLBACKS[kind](call, interaction)
    interaction.acknowledged = True
    call.world.touch()
    if call.query.get("with_response") not in ("1", "true", "True"):
        return None
    return _response(call, interaction, kind, message)


def _response(call: Call, interaction: Interaction, kind: int, message: Message | None) -> Json:
    original = interaction.original
    response: Json = {
        "interaction": {
            "id": str(interaction.id),
            "type": int(interaction.type),
            "response_message_id": None if original is None else str(original.id),
            "response_message_loading": original is not None and original.loading,
            "response_message_ephemeral": interaction.ephemeral,
        }
    }
    if message is not None:
        payload = call.world.message_payload(message)
        response["resource"] = {"type": kind, "message": payload}
    return response


def _answer(call: Call, interaction: Interaction) -> Message:
    data = call.body.inner("data")
    interaction.ephemeral = _is_ephemeral(data.fields)
    private = interaction.user if interaction.ephemeral else None
    interaction.original = posting.post(
        call.world, interaction.channel, data, interaction=interaction, ephemeral_for=private
    )
    return interaction.original


def _defer(call: Call, interaction: Interaction) -> Message:
    interaction.ephemeral = _is_ephemeral(call.body.inner("data").fields)
    interaction.original = posting.post_loading(call.world, interaction)
    return interaction.original


def _defer_update(call: Call, interaction: Interaction) -> None:
    interaction.original = _source(interaction)


def _update(call: Call, interaction: Interaction) -> Message:
    message = _source(interaction)
    posting.edit(call.world, message, call.body.inner("data"))
    interaction.original = message
    return message


def _choices(call: Call, interaction: Interaction) -> None:
    if interaction.type is not InteractionType.AUTOCOMPLETE:
        raise errors.invalid_form("choices answer an autocomplete only")
    choices = call.body.inner("data").fields.get("choices") or []
    limits.check_choices(choices)
    interaction.choices = choices


def _pong(call: Call, interaction: Interaction) -> None:
    """Nothing to keep."""


CALLBACKS: dict[int, Callable[[Call, Interaction], Message | None]] = {
    PONG: _pong,
    ANSWER: _answer,
    DEFER: _defer,
    DEFER_UPDATE: _defer_update,
    UPDATE: _update,
    CHOICES: _choices,
}


def _source(interaction: Interaction) -> Message:
    if interaction.source is None:
        raise errors.invalid_form("there is no message to update")
    return interaction.source


def _is_ephemeral(fields: Json) -> bool:
    return bool(int(fields.get("flags") or 0) & Flag.EPHEMERAL)


def _by_token(call: Call) -> Interaction:
    """The interaction of a webhook path, acknowledged and its token not yet expired."""
    interaction = call.world.tokens.get(call.match["webhook_token"])
    if interaction is None or not interaction.acknowledged:
        raise errors.unknown_webhook()
    if call.world.now() - interaction.at > call.world.token_seconds:
        raise errors.expired_token()
    return interaction


def _standing(interaction: Interaction, message: Message | None) -> Message:
    if message is None or message.id not in interaction.channel.everything:
        raise errors.unknown_message()
    return message


def _addressed(call: Call) -> Message:
    """The message of the path: the original or one of the followups."""
    interaction = _by_token(call)
    id_ = call.match.get("message_id")
    if id_ is None:
        return _standing(interaction, interaction.original)
    said = [interaction.original, *interaction.followups]
    found = [each for each in said if each is not None and each.id == int(id_)]
    return _standing(interaction, found[0] if found else None)


def get(call: Call) -> Json:
    """GET the original or a followup."""
    return call.world.message_payload(_addressed(call))


def edit(call: Call) -> Json:
    """PATCH the original or a followup."""
    message = _addressed(call)
    posting.edit(call.world, message, call.body)
    return call.world.message_payload(message)


def delete(call: Call) -> None:
    """DELETE the original or a followup."""
    interaction, message = _by_token(call), _addressed(call)
    call.world.delete_message(message)
    if message is interaction.original:
        interaction.original = None
    else:
        interaction.followups.remove(message)


def follow_up(call: Call) -> Json:
    """POST a followup; while the original is loading the first one fills it."""
    interaction = _by_token(call)
    original = interaction.original
    if original is not None and original.loading:
        posting.edit(call.world, original, call.body)
        return call.world.message_payload(original)
    private: User | None = interaction.user if _is_ephemeral(call.body.fields) else None
    message = posting.post(
        call.world, interaction.channel, call.body, interaction=interaction, ephemeral_for=private
    )
    interaction.followups.append(message)
    return call.world.message_payload(message)


WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = f"{WEBHOOK}/messages/@original"
FOLLOWUP = f"{WEBHOOK}/messages/{{message_id}}"
ROUTES: tuple[Route, ...] = (
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callback),
    ("POST", WEBHOOK, follow_up),
    ("GET", ORIGINAL, get),
    ("PATCH", ORIGINAL, edit),
    ("DELETE", ORIGINAL, delete),
    ("GET", FOLLOWUP, get),
    ("PATCH", FOLLOWUP, edit),
    ("DELETE", FOLLOWUP, delete),
)
