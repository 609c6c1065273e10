"""Discord's limits on what a message may hold; breaking one is a refusal that counts.

Numbers: https://discord.com/developers/docs/resources/message#embed-object-embed-limits and
https://discord.com/developers/docs/components/reference
"""

from collections.abc import Iterator
from typing import Any

from . import errors
from .state import Flag, Json

CONTENT = 2000
EMBEDS = 10
EMBED_TOTAL = 6000
ATTACHMENTS = 10
REACTIONS = 20
ROWS = 5
BUTTONS = 5
OPTIONS = 25
V2_COMPONENTS = 40
CHOICES = 25
EMBED_TEXTS = {"title": 256, "description": 4096}
BUTTON, STRING_SELECT, ROW = 2, 3, 1
LINK = 5


def check_message(
    content: str, embeds: list[Json], components: list[Json], attachments: int, flags: int
) -> None:
    """Raise the refusal for the first limit that the whole message breaks."""
    _at_most("content", len(content), CONTENT)
    _at_most("attachments", attachments, ATTACHMENTS)
    check_embeds(embeds)
    check_components(components, flags)
    if flags & Flag.COMPONENTS_V2 and (content or embeds):
        raise errors.invalid_form("components v2 excludes content and embeds")
    if not (content or embeds or components or attachments):
        raise errors.empty_message()


def check_embeds(embeds: list[Json]) -> None:
    """At most ten, each text within its limit, 6000 characters in all."""
    _at_most("embeds", len(embeds), EMBEDS)
    for index, embed in enumerate(embeds):
        for name, text, limit in _texts(embed):
            _at_most(f"embeds[{index}].{name}", len(text), limit)
        _at_most(f"embeds[{index}].fields", len(embed.get("fields", [])), 25)
    total = sum(len(text) for embed in embeds for _, text, _ in _texts(embed))
    _at_most("embeds in all", total, EMBED_TOTAL)


def _texts(embed: Json) -> Iterator[tuple[str, str, int]]:
    for name, limit in EMBED_TEXTS.items():
        yield name, embed.get(name) or "", limit
    yield "footer.text", (embed.get("footer") or {}).get("text") or "", 2048
    yield "author.name", (embed.get("author") or {}).get("name") or "", 256
    for index, field in enumerate(embed.get("fields") or []):
        if not field.get("name") or not field.get("value"):
            raise errors.invalid_form(f"fields[{index}]: name and value are required")
        yield f"fields[{index}].name", field["name"], 256
        yield f"fields[{index}].value", field["value"], 1024


def check_components(components: list[Json], flags: int) -> None:
    """Rows, buttons, selects and their texts; ids differ within a message."""
    everything = list(walk(components))
    if flags & Flag.COMPONENTS_V2:
        _at_most("components in all", len(everything), V2_COMPONENTS)
    else:
        _at_most("components", len(components), ROWS)
        if any(each.get("type") != ROW for each in components):
            raise errors.invalid_form("components: only action rows stand at the top")
    for each in everything:
        _check_component(each)
    ids = [each["custom_id"] for each in everything if "custom_id" in each]
    if len(ids) != len(set(ids)):
        raise errors.invalid_form("components: a custom_id stands twice")


def _check_component(component: Json) -> None:
    kind = component.get("type")
    _at_most("custom_id", len(component.get("custom_id") or ""), 100)
    _at_most("placeholder", len(component.get("placeholder") or ""), 150)
    if kind == ROW:
        inside = component.get("components") or []
        if not inside or any(each.get("type") != BUTTON for each in inside[1:]):
            raise errors.invalid_form("an action row holds up to five buttons, or one select")
        _at_most("components of a row", len(inside), BUTTONS)
    elif kind == BUTTON:
        _check_button(component)
    elif kind == STRING_SELECT:
        _check_select(component)


def _check_button(button: Json) -> None:
    _at_most("label", len(button.get("label") or ""), 80)
    if not (button.get("label") or button.get("emoji")):
        raise errors.invalid_form("a button needs a label or an emoji")
    needed = "url" if button.get("style") == LINK else "custom_id"
    if not button.get(needed):
        raise errors.invalid_form(f"this button needs {needed}")


def _check_select(select: Json) -> None:
    options = select.get("options") or []
    if not options:
        raise errors.invalid_form("a select needs options")
    _at_most("options", len(options), OPTIONS)
    for option in options:
        for name in ("label", "value", "description"):
            _at_most(f"options.{name}", len(option.get(name) or ""), 100)
    values = [option["value"] for option in options]
    if len(values) != len(set(values)):
        raise errors.invalid_form("options: a value stands twice")


def check_choices(choices: list[Json]) -> None:
    """What an autocomplete may offer."""
    _at_most("choices", len(choices), CHOICES)
    for choice in choices:
        if not choice["name"]:
            raise errors.invalid_form("choices.name is empty")
        _at_most("choices.name", len(choice["name"]), 100)
        _at_most("choices.value", len(str(choice["value"])), 100)


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, nested ones too."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        accessory: Any = component.get("accessory")
        if accessory:
            yield from walk([accessory])


def _at_most(name: str, number: int, limit: int) -> None:
    if number > limit:
        raise errors.invalid_form(f"{name}: {number} is more than {limit}")
