"""What the options of every account share: how a secret is written, a length of time, who the calendar's owner is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from connectors.base import CalendarError, Context

_FORMS = "{env: NAME}, {keyring: SERVICE/USER}, {file: PATH} or {command: [program, argument]}"
_TEXT = {"type": "string", "minLength": 1}
_SECRET_SCHEMA: dict[str, Any] = {
    "description": f"A secret never stands in the file: {_FORMS}",
    "oneOf": [
        {
            "type": "object",
            "properties": {name: schema},
            "required": [name],
            "additionalProperties": False,
        }
        for name, schema in (
            ("env", _TEXT),
            ("keyring", {"type": "string", "pattern": "^.+/.+$"}),
            ("file", _TEXT),
            ("command", {"type": "array", "items": {"type": "string"}, "minItems": 1}),
        )
    ],
}
_UNITS = {"s": "seconds", "min": "minutes", "m": "minutes", "h": "hours", "d": "days", "day": "days", "days": "days",
          "w": "weeks", "week": "weeks", "weeks": "weeks", "hour": "hours", "hours": "hours"}  # fmt: skip
_ISO = re.compile(r"^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$", re.IGNORECASE)


def _secret(value: object) -> object:
    if isinstance(value, str):
        raise PydanticCustomError("secret", "a secret must not stand in the file; write {forms}", {"forms": _FORMS})
    if not isinstance(value, dict) or len(value) != 1:
        raise PydanticCustomError("secret", "this is no secret; write {forms}", {"forms": _FORMS})
    [(form, what)] = value.items()
    text = isinstance(what, str) and bool(what.strip())
    if form in ("env", "file") and text:
        return value
    if form == "keyring" and text and re.fullmatch(r".+/.+", str(what)):
        return value
    if form == "command" and isinstance(what, list) and what and all(isinstance(word, str) for word in what):
        return value
    raise PydanticCustomError("secret", "this is no secret; write {forms}", {"forms": _FORMS})


def _secret_or_text(value: object) -> object:
    return value if isinstance(value, str) and value.strip() else _secret(value)


def length_of(text: object) -> timedelta:
    """A length of time: ``45 min``, ``1 h 30 min``, ``6 weeks`` or ISO 8601 (``PT45M``). Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("a length of time is written like 24 h or 90 min")
    iso = _ISO.match(text.strip())
    if iso and any(iso.groups()):
        weeks, days, hours, minutes, seconds = (int(n or 0) for n in iso.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    pieces = re.findall(r"(\d+)\s*([a-z]+)", text.lower())
    if not pieces or re.sub(r"\d+\s*[a-z]+", "", text.lower()).strip() or any(unit not in _UNITS for _, unit in pieces):
        raise ValueError("a length of time is written like 24 h or 90 min")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in pieces), timedelta(0))


def _length(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return length_of(value)
    except (ValueError, OverflowError):
        raise PydanticCustomError("length", "a length of time is written like 24 h or 90 min") from None


def _address(value: str) -> str:
    value = value.strip().lower().removeprefix("mailto:")
    if not looks_like_address(value):
        raise PydanticCustomError("address", "an e-mail address is wanted, such as lee@riverside.example")
    return value


def looks_like_address(text: str) -> bool:
    """Whether this could be an e-mail address."""
    return re.fullmatch(r"[^@\s]+@[^@\s]+", text) is not None


Secret = Annotated[dict[str, Any], BeforeValidator(_secret), WithJsonSchema(_SECRET_SCHEMA)]
SecretOrText = Annotated[
    str | dict[str, Any],
    BeforeValidator(_secret_or_text),
    WithJsonSchema({"oneOf": [_TEXT, *_SECRET_SCHEMA["oneOf"]]}),
]
Length = Annotated[
    timedelta, BeforeValidator(_length), WithJsonSchema({"type": "string", "examples": ["24 h", "90 min"]})
]
Address = Annotated[str, AfterValidator(_address)]


class AccountOptions(BaseModel):
    """The options that every account has. Each connector's own `Options` adds to them; an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    me: Address | None = Field(
        default=None,
        description="The calendar owner's e-mail address: an invitation that this attendee declined takes no time. "
        "Default: the account's user, where that is an address",
    )
    echoes: bool = Field(
        default=False,
        description="Yes where this calendar copies our blocks back to us without their tag: an untagged event with "
        "exactly the times of a standing block is then ignored",
    )

    def owner(self) -> str:
        """The owner's address, '' where it is not known."""
        user = getattr(self, "user", None)
        return self.me or (user.lower() if isinstance(user, str) and looks_like_address(user) else "")


OptionsT = TypeVar("OptionsT", bound=AccountOptions)


def checked(model: type[OptionsT], account: str, options: dict[str, Any]) -> OptionsT:
    """The account's options as `model` reads them. Raises CalendarError naming the account and every wrong option."""
    try:
        return model.model_validate(options)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
        raise CalendarError(f"{account}: {wrong}") from None


def secret_text(context: Context, option: str, written: Any) -> str:
    """The text of an option that is a secret. Raises CalendarError naming the account and the option."""
    try:
        return context.secret(written)
    except CalendarError as error:
        raise CalendarError(f"{context.account}: `{option}`: {error}") from None
