"""Read the values of kitchen.yaml: durations, zones, names in two languages, ids, file names."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, Strict, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from gateway.config.hardware import is_file
from gateway.config.problems import listed, suggest
from gateway.haccp.limits.kinds import BATCH_KINDS, POINT_KINDS
from gateway.haccp.profiles.load import IDS as PROFILES
from gateway.haccp.profiles.model import Food
from gateway.messages import Text

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

UNITS = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND, "us": 1}
LONGEST = 366 * DAY
LONGEST_CHANNEL = 128

# Indonesian law names its three zones; the zone database names cities.
ZONE_ALIASES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
_INDONESIA = [f"{city} ({alias})" for alias, city in ZONE_ALIASES.items()]

_DURATION = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([a-z]{1,2})")


def wrong(what: str, remedy: str) -> PydanticCustomError:
    """Make the error of a wrong value: what is wrong, and what would be right."""
    return PydanticCustomError("setting", "{what}", {"what": what, "remedy": remedy})


def micros(value: object) -> int:
    """Read a duration in microseconds: "10s", "250ms", "5m", "2h", "1d", or a plain number of seconds."""
    match value:
        case bool() | None:
            pass
        case int() | float() if 0 <= value <= LONGEST // SECOND:  # no NaN
            return int(Decimal(repr(value)) * SECOND)
        case str() if (match := _DURATION.fullmatch(value)) and match[2] in UNITS:
            if (length := int(Decimal(match[1]) * UNITS[match[2]])) <= LONGEST:
                return length
    raise wrong(
        f"{shown(value)} is no duration",
        'write a number and a unit, such as "10s", "250ms", "5m", "2h" or "1d" (at most 366d)',
    )


def spell_duration(length: int) -> str:
    """Write microseconds as kitchen.yaml does, in the largest unit that stays whole: 90_000_000 → "90s"."""
    if length == 0:
        return "0s"
    unit, size = next((unit, size) for unit, size in UNITS.items() if length % size == 0)
    return f"{length // size}{unit}"


def shown(value: object) -> str:
    """Return a value for a message, at most 50 characters long."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case Mapping():
            return "a section"
        case list():
            return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 50 else text[:47] + "…"


def zone_name(value: str) -> str:
    """Read the name of a zone in the IANA database, or WIB, WITA, WIT."""
    name = ZONE_ALIASES.get(value, value)
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):  # unknown, no path, a folder of the database
        remedy = suggest(value, sorted(available_timezones()), otherwise=f"write {listed(_INDONESIA)}")
        raise wrong(f"no time zone is called {shown(value)}", remedy) from None


def both_languages(value: object) -> Text:
    """Read a name in both languages; one string serves for both."""
    match value:
        case str() if value.strip():
            return {"id": value, "en": value}
        case {"id": str(indonesian), "en": str(english), **rest} if not rest:
            if indonesian.strip() and english.strip():
                return {"id": indonesian, "en": english}
    remedy = "write a text, or both languages: {id: Beras, en: Rice}"
    if isinstance(value, int | float):
        remedy = f'put it in quotes: "{value}"'
    if isinstance(value, Mapping) and None in value.values():
        remedy = 'put a text with a comma in quotes: {id: "Ikan, ayam", en: "Fish, poultry"}'
    raise wrong(f"{shown(value)} is no name", remedy)


def topic_safe(value: str) -> str:
    """Read an id that needs no escaping in an MQTT topic, a URL and a line of InfluxDB."""
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", value):
        return value
    near = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:63]
    remedy = f'write "{near}"' if near else "write something like chiller-1"
    raise wrong(f"{shown(value)} is no id: small letters, digits and hyphens only, at most 64", remedy)


def channel_name(value: str) -> str:
    """Read the name of a device's channel; "" is the only channel of a device that names none."""
    if len(value) <= LONGEST_CHANNEL and value.isprintable():
        return value
    raise wrong(
        f"{shown(value)} is no channel: printable, at most {LONGEST_CHANNEL} characters",
        "write a word such as T or temperature",
    )


def web_address(value: str) -> str:
    """Read the address of a server, without a trailing slash; it is never shown, since it may hold credentials."""
    if "@" in value:
        raise wrong("an address with a password in it", "take it out and use username and password_file")
    if "?" in value:
        raise wrong("an address with a query in it", "end it before the question mark; a secret goes into token_file")
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]_-]+(?:/[^\s#]*)?", value):
        raise wrong("this is no web address", "write something like http://127.0.0.1:8086")
    return value.rstrip("/")


def host_name(value: str) -> str:
    """Read a name by which a browser may call this machine, without scheme, port or path."""
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", value):
        return value.lower()
    raise wrong(f"{shown(value)} is no host name", "write the name alone, such as kitchen.lan")


def variable_name(value: str) -> str:
    """Read the name of an environment variable; it is never shown, since it may be the secret itself."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        return value
    raise wrong("this is no name of an environment variable", "write a name such as MBG_MQTT_PASSWORD, not the secret")


def beside(value: Any, info: ValidationInfo) -> Path:
    """Read a file name; a relative one is meant from the folder of kitchen.yaml."""
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise wrong("this is no file name", "write the name of a file, such as secrets/mqtt")
    folder = (info.context or {}).get("folder")
    return Path(value) if folder is None else folder / value


def map_name(value: str, info: ValidationInfo) -> str:
    """Read a register map: the name of a shipped one, or a file, meant from the folder of kitchen.yaml."""
    return str(beside(value, info)) if is_file(value) else value


def profile_name(value: str) -> str:
    """Read the id of a profile."""
    if value in PROFILES:
        return value
    raise wrong(
        f"there is no profile {shown(value)}", suggest(value, PROFILES, otherwise=f"there are {listed(PROFILES)}")
    )


def food_name(value: str) -> str:
    """Read a food that limits are for."""
    foods = [food.value for food in Food]
    if value in foods:
        return value
    raise wrong(f"no limit knows a food {shown(value)}", suggest(value, foods, otherwise=f"there are {listed(foods)}"))


def point_kind(value: object) -> str:
    """Read a kind of control that guards control points."""
    return _one_of(value, tuple(POINT_KINDS))


def batch_kind(value: object) -> str:
    """Read a kind of control that judges batches of food."""
    return _one_of(value, tuple(BATCH_KINDS))


def _one_of(value: object, names: Sequence[str]) -> str:
    if isinstance(value, str) and value in names:
        return value
    raise wrong(f"{shown(value)} is not known here", suggest(str(value), names, otherwise=f"write {listed(names)}"))


def decimal_text(value: object) -> Decimal:
    """Read a decimal exactly: a scale's division of 0.01 is a hundredth, not the double beside it."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value))
    raise PydanticCustomError("float_type", "not a number")


def day(value: object) -> date:
    """Read a day such as 2026-03-01."""
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise wrong(f"{shown(value)} is no day", "write it as 2026-03-01") from None


def _checked(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(check)


Micros = Annotated[int, BeforeValidator(micros)]
Day = Annotated[date, BeforeValidator(day)]
Name = Annotated[Text, BeforeValidator(both_languages)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
ProfileName = Annotated[Words, AfterValidator(profile_name)]
FoodName = Annotated[Words, AfterValidator(food_name)]
PointKind = Annotated[str, BeforeValidator(point_kind)]
BatchKind = Annotated[str, BeforeValidator(batch_kind)]
MapName = Annotated[Words, AfterValidator(map_name)]
HostName = Annotated[str, _checked(host_name)]
Id = Annotated[str, _checked(topic_safe)]
Channel = Annotated[str, _checked(channel_name)]
Zone = Annotated[str, _checked(zone_name)]
Url = Annotated[str, _checked(web_address)]
Variable = Annotated[str, _checked(variable_name)]
File = Annotated[Path, BeforeValidator(beside)]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Whole = Annotated[int, Strict()]
Exact = Annotated[Decimal, BeforeValidator(decimal_text), Field(allow_inf_nan=False)]
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
