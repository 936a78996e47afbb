"""docs/devices.md knows every scale, and every trouble that a line can have."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from drivers.bus.bus import BusStatistics
from drivers.links.serial.line_diagnosis import spell
from drivers.registry import DRIVERS, StreamEntry
from drivers.scales.common.polled import PolledScale
from drivers.scales.common.weighing import NOT_A_WEIGHING
from drivers.scales.recognise import scale_queries

PAGE = (Path(__file__).parents[2] / "docs" / "devices.md").read_text(encoding="utf-8")
ROWS = {
    row[0]: row[1:]
    for row in re.findall(
        r"^\| `([\w-]+)` \| [^|]+ \| ([^|]*) \| (yes|no) \| ([^|]*)\| ([^|]*) \|$", PAGE, re.MULTILINE
    )
}
SCALES = {name: each for name, each in DRIVERS.items() if isinstance(each, StreamEntry) and each.weigh}
OF_THE_LINK = {"deaf", "wrong_settings", "no_reply", "late_reply", "exception", "overrun"}


def row_of(name: str) -> tuple[str, str, str, str]:
    scale = SCALES[name]
    commands = ""
    if scale.ask is not None:
        driver = scale.ask(name)
        assert isinstance(driver, PolledScale)
        commands = "".join(f"`{each}`, " for each in ("zero", "tare") if each in driver.commands).removesuffix(", ")
    probes = any(name in question.protocols for question in scale_queries())
    polled = "yes" if scale.ask is not None else "no"
    return spell(scale.serial), polled, commands, "listens, polls" if probes else "listens"


@pytest.mark.parametrize("name", SCALES)
def test_every_scale_has_its_row(name):
    line, polled, commands, probe = ROWS[name]
    assert (line, polled, commands.strip(), probe) == row_of(name)


@pytest.mark.parametrize("name", SCALES)
def test_every_setting_of_a_scale_has_its_row(name):
    rows = re.findall(r"^\| `(\w+)` \| (every scale|`[^|]*`) \|", PAGE, re.MULTILINE)
    documented = {setting for setting, of in rows if of == "every scale" or name in re.findall(r"[\w-]+", of)}
    assert documented == set(SCALES[name].settings)


def test_no_scale_is_promised_that_cannot_be_read():
    assert set(ROWS) == set(SCALES)


def test_every_trouble_of_a_line_is_explained():
    kinds = {*OF_THE_LINK, "parity", "framing", "malformed", *map(str, NOT_A_WEIGHING)}
    troubles = PAGE[PAGE.index("## What the log says") :]
    assert set(re.findall(r"^\| `(\w+)` \| [a-z]", troubles, re.MULTILINE)) == kinds


def test_every_count_of_health_is_named():
    assert {field.name for field in fields(BusStatistics)} <= set(re.findall(r"`(\w+)`", PAGE))
