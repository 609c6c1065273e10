"""A slash command's options as Discord's client would send them, or refuse to."""

from enum import IntEnum
from typing import Any

from . import payloads
from .errors import UnusableError
from .state import Attachment, Json
from .world import World


class Option(IntEnum):
    """Option types."""

    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    NUMBER = 10
    ATTACHMENT = 11


PYTHON: dict[Option, tuple[type, ...]] = {
    Option.STRING: (str,),
    Option.INTEGER: (int,),
    Option.BOOLEAN: (bool,),
    Option.NUMBER: (int, float),
    Option.ATTACHMENT: (tuple,),
}


def fill(world: World, command: Json, given: dict[str, Any], *, partial: bool = False) -> Json:
    """The interaction's data for these values: files are uploaded, values checked.

    An attachment is given as (filename, bytes). `partial` (while typing) leaves out files and
    what is still missing.
    """
    declared = {each["name"]: each for each in command["options"]}
    missing = [name for name, each in declared.items() if each.get("required")]
    _refuse_unknown(command["name"], set(given) - set(declared))
    if not partial:
        _refuse_missing(command["name"], [name for name in missing if name not in given])
    data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": []}
    files: dict[str, Attachment] = {}
    for name, value in given.items():
        kind = Option(declared[name]["type"])
        _check(declared[name], kind, value)
        if kind is Option.ATTACHMENT:
            if partial:
                continue
            place = f"ephemeral-attachments/{world.bot.id}"
            files[name] = world.cdn.store(place, value[0], value[1])
            value = str(files[name].id)
        data["options"].append({"name": name, "type": int(kind), "value": value})
    if files:
        data["resolved"] = {"attachments": _resolved(files)}
    return data


def _resolved(files: dict[str, Attachment]) -> Json:
    uploads = files.values()
    return {str(each.id): payloads.attachment(each) | {"ephemeral": True} for each in uploads}


def _refuse_unknown(command: str, names: set[str]) -> None:
    if names:
        raise UnusableError(f"/{command} has no option {', '.join(sorted(names))}")


def _refuse_missing(command: str, names: list[str]) -> None:
    if names:
        raise UnusableError(f"/{command} needs {', '.join(names)}")


def _check(option: Json, kind: Option, value: Any) -> None:
    name = option["name"]
    if not isinstance(value, PYTHON[kind]) or (kind is Option.BOOLEAN) != isinstance(value, bool):
        raise UnusableError(f"{name} cannot be {value!r:.60}")
    if isinstance(value, int | float):
        _check_range(name, value, option.get("min_value"), option.get("max_value"))
    if isinstance(value, str):
        _check_range(name, len(value), option.get("min_length"), option.get("max_length"))
    choices = [each["value"] for each in option.get("choices") or []]
    if choices and value not in choices:
        raise UnusableError(f"{name} is one of {choices}, not {value!r}")


def _check_range(name: str, value: float, low: float | None, high: float | None) -> None:
    # Written so that NaN, which a client cannot send, fits no range.
    if not (value >= (low if low is not None else -(2**53))):
        raise UnusableError(f"{name}: {value} is below {low}")
    if not (value <= (high if high is not None else 2**53)):
        raise UnusableError(f"{name}: {value} is above {high}")
