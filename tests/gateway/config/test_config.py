"""kitchen.yaml: what is right becomes frozen settings, what is wrong is named all at once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.config import ConfigError, load, parse, read_secret
from gateway.config.tree import grow
from gateway.config.values import LONGEST, MINUTE, SECOND, micros, spell_duration

ROOT = Path(__file__).parents[3]
CASES = Path(__file__).parent / "cases"
KITCHEN = """
kitchen: {id: dapur-1, name: Dapur 1, zone: WITA}
mqtt: {password_file: secrets/mqtt}
devices:
  - {id: chiller-1, driver: modbus-rtu, map: xy-md02, port: /dev/ttyUSB0, slave: 0x0A}
  - {id: rice-scale, driver: csv-st, port: /dev/ttyUSB1}
points:
  - {id: air, name: Chiller 1, device: chiller-1, channel: T, quantity: temperature, interval: 10s}
  - {id: scale, name: {id: Timbangan, en: Scale}, device: rice-scale, quantity: weight, interval: 2m}
control_points:
  - {id: ccp-1, kind: cold_holding, point: air, critical_limit: 5, on_delay: 30m}
"""


def problems_of(text: str, file: str = "kitchen.yaml") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, Path(file))
    return str(caught.value).splitlines()


@pytest.mark.parametrize("case", sorted(CASES.glob("*.yaml")), ids=lambda case: case.stem)
def test_every_mistake_is_named_with_its_line_and_what_would_be_right(case: Path) -> None:
    """The .txt beside a case holds the lines that a person reads."""
    expected = case.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert problems_of(case.read_text(encoding="utf-8"), case.name) == expected


def test_the_five_mistakes_all_come_at_once() -> None:
    text = (CASES / "five-mistakes.yaml").read_text(encoding="utf-8")
    places = [line.partition(": ")[2].partition(":")[0] for line in problems_of(text)]
    assert places == [
        "kitchen.zone",
        "points[0].device",
        "points[0].intervall",
        "control_points[0].critical_limit",
        "control_points[0].on_delay",
    ]


def test_the_example_is_a_kitchen_that_can_be_used() -> None:
    config = load(ROOT / "examples" / "kitchen.yaml")
    assert config.points_by_source()["chiller-1", "T"].name == {"id": "Chiller daging", "en": "Meat chiller"}
    assert [control.id for control in config.controls_of("bainmarie-1-food")] == ["ccp-bainmarie-1"]
    assert config.mqtt is not None
    assert config.mqtt.password_file == ROOT / "examples" / "secrets" / "mqtt"


def test_what_is_left_out_has_its_default() -> None:
    config = parse(KITCHEN, Path("/etc/mbg/kitchen.yaml"))
    control = config.control_points[0]
    assert (control.on_delay, control.off_delay, control.deadband) == (30 * MINUTE, MINUTE, 0.5)
    assert config.point("scale").channel == "weight"
    assert config.device("chiller-1").slave == 10
    assert (config.kitchen.zone, config.kitchen.timezone.key) == ("Asia/Makassar", "Asia/Makassar")
    assert config.api.host == "127.0.0.1"


def test_a_point_is_stale_after_three_intervals_and_a_gap_is_never_shorter_than_two_minutes() -> None:
    config = parse(KITCHEN, Path("kitchen.yaml"))
    air, scale = config.points
    assert (air.stale_after, air.max_gap) == (30 * SECOND, 2 * MINUTE)
    assert (scale.stale_after, scale.max_gap) == (6 * MINUTE, 4 * MINUTE)


def test_settings_cannot_change_after_loading() -> None:
    control = parse(KITCHEN, Path("kitchen.yaml")).control_points[0]
    with pytest.raises(ValidationError):
        control.critical_limit = 8  # type: ignore[misc]


def test_a_control_points_digest_changes_with_its_limit_and_not_with_how_it_is_written() -> None:
    digest = parse(KITCHEN, Path("kitchen.yaml")).control_points[0].digest
    written_otherwise = KITCHEN.replace("30m", "1800").replace("critical_limit: 5,", "critical_limit: 5.0,")
    assert parse(written_otherwise, Path("a.yaml")).control_points[0].digest == digest
    assert parse(KITCHEN.replace("limit: 5", "limit: 6"), Path("a.yaml")).control_points[0].digest != digest


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "there is no such file"),
        (b"kitchen:\n  name: Dapur \xe9\n", "it is not UTF-8 text"),
        (b" " * (1024 * 1024 + 1), "it is larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, content: bytes | None, what: str) -> None:
    file = tmp_path / "kitchen.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [problem.what for problem in caught.value.problems] == [what]


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_a_file_that_windows_wrote_is_read(tmp_path: Path) -> None:
    file = tmp_path / "kitchen.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + KITCHEN.replace("\n", "\r\n").encode())
    assert load(file).kitchen.id == "dapur-1"


def test_a_secret_comes_from_a_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mqtt").write_text("rahasia\n")
    monkeypatch.setenv("MBG_TOKEN", "abc")
    assert read_secret(env=None, file=tmp_path / "mqtt") == "rahasia"
    assert read_secret(env="MBG_TOKEN", file=None) == "abc"
    assert read_secret(env=None, file=None) is None
    with pytest.raises(ConfigError, match=r"\$MBG_MISSING: the environment variable is not set"):
        read_secret(env="MBG_MISSING", file=None)


def test_a_secret_in_the_wrong_place_is_never_repeated() -> None:
    text = KITCHEN.replace("{password_file: secrets/mqtt}", "{password: hunter2, password_env: 'hunter 2'}")
    assert "hunter" not in "".join(problems_of(text))


@given(st.integers(min_value=0, max_value=LONGEST))
def test_a_duration_reads_back_as_it_was_written(length: int) -> None:
    assert micros(spell_duration(length)) == length


YAML_PIECES = st.sampled_from(
    [
        *"\n\n\n  --::[]{}\"'#&*!|>%@`,?~\t\0\x07ł",
        ": ",
        "- ",
        "\n  ",
        "kitchen",
        "id",
        "devices",
        "12:30",
        "1e999",
        "no",
        "…",
    ]
)


def problems_in(text: str) -> Sequence[object] | None:
    """The problems of a kitchen.yaml; None when it is a kitchen."""
    try:
        parse(text, Path("kitchen.yaml"))
    except ConfigError as error:
        return error.problems
    return None


@given(st.lists(YAML_PIECES | st.text(max_size=5), max_size=60).map("".join))
def test_any_text_is_a_kitchen_or_a_list_of_problems(text: str) -> None:
    for tried in (text, KITCHEN + text):
        assert problems_in(tried) is None or problems_in(tried)


def scalars() -> st.SearchStrategy[object]:
    return st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just([]) | st.just({})


NAMES = st.sampled_from(["dapur-1", "Dapur 1", "modbus-rtu", "xy-md02", "/dev/ttyUSB0", "chiller-1,", "air,", "T,"])
VALUES = st.sampled_from(
    ["WITA", "0x0A", "temperature", "10s", "cold_holding", "5,", "30m", "{id: Timbangan, en: Scale}"]
)


@given(st.integers(min_value=0, max_value=len(KITCHEN)), st.lists(YAML_PIECES | st.text(max_size=5)).map("".join))
@example(KITCHEN.index("name"), "\t")
@example(KITCHEN.index("Dapur 1"), "?")
def test_libyaml_reads_what_pyyaml_reads(at: int, piece: str) -> None:
    """It is there to be fast; without it the same file is the same kitchen, or has the same mistakes."""
    text = KITCHEN[:at] + piece + KITCHEN[at:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("yaml.__with_libyaml__", False)
        slow = grow(text)
    assert grow(text) == slow


@given(NAMES | VALUES, scalars())
def test_any_value_at_any_place_is_right_or_a_problem(place: str, value: object) -> None:
    """JSON is YAML, so that it writes every kind of value."""
    import json

    text = KITCHEN.replace(place, json.dumps(value) + ("," if place.endswith(",") else ""), 1)
    assert problems_in(text) is None or problems_in(text)


def test_deep_nesting_is_one_clear_line() -> None:
    assert problems_of("a: " + "[" * 100_000) == [
        "kitchen.yaml:1: this is nested too deeply (column 23); five levels are enough"
    ]
