"""docs/configuration.md has every setting with its default, and no setting that does not exist; scales: devices.md."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from drivers.contract import SerialSettings
from drivers.probes.register import Register
from drivers.probes.register_map import RegisterMap
from drivers.registry import DriverKind
from gateway.config import Config
from gateway.config.hardware import shipped
from gateway.config.values import spell_duration

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
DEVICES_PAGE = (Path(__file__).parents[3] / "docs" / "devices.md").read_text(encoding="utf-8")
MAPS_PAGE = (Path(__file__).parents[3] / "docs" / "register-maps.md").read_text(encoding="utf-8")
DRIVERS_OWN = {"baud", "bytesize", "parity", "stopbits", "every"}
DURATIONS = {"commit_every", "timeout", "slowest", "on_delay", "warning_on_delay", "off_delay"}
DURATIONS |= {"check_every", "certificate_every", "at_least_every"}


def sections(model: type[BaseModel] = Config, path: str = "") -> dict[str, type[BaseModel]]:
    """Every section by its path; the file itself is ""."""
    found = {path: model}
    for name, field in model.model_fields.items():
        if inner := section_in(field.annotation):
            found |= sections(inner, f"{path}.{name}".strip("."))
    return found


def section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := section_in(part))), None)


def documented(path: str) -> dict[str, str]:
    """Key → default of the table under the section's heading."""
    heading = re.escape(f"`{path}`" if path else "The file")
    body = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert body, f"docs/configuration.md has no heading for {path!r}"
    table = body[1][body[1].index("| key |") :]
    return {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|[^|]*\|$", table, re.MULTILINE)}


def default_of(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if name in DURATIONS and field.default is not None:
        return f"`{spell_duration(field.default)}`"
    if name in DRIVERS_OWN:
        return "the driver's"
    if isinstance(field.default, BaseModel):
        return "see below" if any(vars(field.default).values()) else "none"
    if name == "tls" or isinstance(field.default, bool):
        return f"`{str(bool(field.default)).lower()}`"
    return f"`{field.default}`" if field.default not in (None, (), {}) else "none"


@pytest.mark.parametrize("path", sections(), ids=lambda path: path or "file")
def test_every_setting_is_documented_with_its_default(path: str) -> None:
    expected = {name: default_of(name, field) for name, field in sections()[path].model_fields.items()}
    assert documented(path) == expected


def test_every_driver_and_map_is_documented() -> None:
    named = set(re.findall(r"`([a-z0-9:-]+)`", PAGE + DEVICES_PAGE))
    assert {*shipped().kinds, *shipped().maps} <= named


def test_every_key_of_a_register_map_is_documented() -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", MAPS_PAGE, re.MULTILINE))
    assert named == {*RegisterMap.__struct_fields__, *Register.__struct_fields__}


def test_every_setting_of_a_wired_driver_is_documented() -> None:
    wired = [name for name, kind in shipped().kinds.items() if kind is not DriverKind.MESSAGE]
    known = {setting for name in wired for setting in shipped().settings[name]}
    assert known <= set(re.findall(r"`(\w+)`", PAGE + DEVICES_PAGE))


def test_the_usual_serial_settings_are_as_documented() -> None:
    usual = shipped().serial
    maps = re.findall(r"^\| `([a-z0-9-]+)` \|.*\| (\d+ \d[NEO]\d) \|$", PAGE, re.MULTILINE)
    scales = re.findall(r"^\| `([a-z0-9-]+)` \| [^|]+ \| (\d+ \d[NEO]\d) \|", DEVICES_PAGE, re.MULTILINE)
    lines = dict(maps + scales)
    assert {name: spelled(usual[name]) for name in lines} == lines
    assert {spelled(line) for name, line in usual.items() if name not in lines} == {"9600 8N1"}


def spelled(line: SerialSettings) -> str:
    return f"{line.baud} {line.bytesize}{line.parity[0].upper()}{line.stopbits}"
