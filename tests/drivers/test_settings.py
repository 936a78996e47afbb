"""Settings of a driver: what kitchen.yaml or a command line may say, and what is answered when it is wrong."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ConfigurationError
from drivers.settings import Setting, SettingKind, mistakes, read_settings, read_value

TEXT, WHOLE, NUMBER = SettingKind.TEXT, SettingKind.WHOLE, SettingKind.NUMBER
FLAG, TABLE, NAMES = SettingKind.FLAG, SettingKind.TABLE, SettingKind.NAMES


def even(text: str) -> None:
    if len(text) % 2:
        raise ConfigurationError("an odd number of letters")


def mistake_in(setting: Setting, value: object) -> tuple[str, str] | None:
    for mistake in mistakes({"colour": setting}, {"colour": value}):
        return mistake.what, mistake.remedy
    return None


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (TEXT, "red", "red"),
        (TEXT, 8217, "8217"),
        (WHOLE, 3, 3),
        (WHOLE, "3", 3),
        (WHOLE, 3.0, 3),
        (NUMBER, 1.5, 1.5),
        (NUMBER, "1.5", 1.5),
        (NUMBER, 2, 2.0),
        (FLAG, True, True),
        (FLAG, False, False),
        (FLAG, "true", True),
        (FLAG, "false", False),
        (TABLE, {"a": "b"}, {"a": "b"}),
        (TABLE, '{"a": "b"}', {"a": "b"}),
        (NAMES, ["ch1", "ch2"], ("ch1", "ch2")),
        (NAMES, "ch1, ch2", ("ch1", "ch2")),
        (NAMES, "ch1", ("ch1",)),
    ],
)
def test_a_file_and_a_command_line_give_the_same_value(kind, written, value):
    setting = Setting("of it", kind=kind)
    assert mistake_in(setting, written) is None
    assert read_value(setting, written) == value


@pytest.mark.parametrize(
    ("kind", "written", "noun"),
    [
        (TEXT, "", "text"),
        (TEXT, True, "text"),
        (TEXT, 1.5, "text"),
        (TEXT, None, "text"),
        (WHOLE, 1.5, "whole number"),
        (WHOLE, "three", "whole number"),
        (WHOLE, True, "whole number"),
        (NUMBER, "nan", "number"),
        (NUMBER, "inf", "number"),
        (NUMBER, 10**16, "number"),
        (NUMBER, [], "number"),
        (FLAG, "yes", "true or false"),
        (FLAG, 1, "true or false"),
        (TABLE, "[1]", "table"),
        (TABLE, "{", "table"),
        (TABLE, ["a"], "table"),
        (NAMES, [], "list of names"),
        (NAMES, [""], "list of names"),
        (NAMES, [1], "list of names"),
        (NAMES, {"a": 1}, "list of names"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_its_noun(kind, written, noun):
    what, remedy = mistake_in(Setting("of it", kind=kind), written)
    assert what.endswith(f"is no {noun}")
    assert remedy.startswith('write "colour: ')


@pytest.mark.parametrize(
    ("setting", "written", "what", "remedy"),
    [
        (Setting("c", words=("red", "blue")), "green", '"green" is not known here', "write red or blue"),
        (Setting("c", words=tuple(map(str, range(13)))), "x", '"x" is not known here', "write 0 to 12"),
        (Setting("c", pattern=re.compile("[a-z]+"), example="abc"), "A1", '"A1" cannot be right', "colour: abc"),
        (Setting("c", check=even), "odd", "an odd number of letters", "write"),
        (Setting("c", kind=WHOLE, lowest=1, highest=6), 7, "7 is out of bounds", "write 1 to 6"),
        (Setting("c", kind=WHOLE, lowest=1, highest=6), 0, "0 is out of bounds", "write 1 to 6"),
        (Setting("c", kind=NUMBER, lowest=0.5), 0.4, "0.4 is out of bounds", "colour: 1.5"),
        (Setting("c", kind=NUMBER, highest=0.5), 0.6, "0.6 is out of bounds", "colour: 1.5"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_its_remedy(setting, written, what, remedy):
    said, advice = mistake_in(setting, written)
    assert said == what
    assert remedy in advice


@pytest.mark.parametrize("bound", [1, 6])
def test_a_bound_is_itself_allowed(bound):
    assert mistake_in(Setting("c", kind=WHOLE, lowest=1, highest=6), bound) is None


@pytest.mark.parametrize(
    ("settings", "name", "remedy"),
    [
        ({"colour": Setting("c")}, "color", 'did you mean "colour"?'),
        ({"colour": Setting("c"), "size": Setting("s")}, "weight", "there are colour, size"),
        ({}, "weight", "take it out: this driver has none"),
    ],
)
def test_an_unknown_setting_is_answered_by_the_nearest_or_by_all(settings, name, remedy):
    (mistake,) = mistakes(settings, {name: 1})
    assert (mistake.name, mistake.what, mistake.remedy) == (name, f'there is no setting "{name}"', remedy)


def test_a_required_setting_that_is_missing_is_asked_for_by_its_meaning_and_an_example():
    settings = {"pattern": Setting("regular expression", required=True, example="'x'"), "unit": Setting("u")}
    (mistake,) = mistakes(settings, {})
    assert mistake.what == "is missing: regular expression"
    assert mistake.remedy == "add \"pattern: 'x'\" or the like"


def test_every_mistake_of_a_device_is_named_in_one_go():
    settings = {
        "colour": Setting("c", words=("red",)),
        "size": Setting("s", kind=WHOLE),
        "name": Setting("n", required=True),
    }
    assert [each.name for each in mistakes(settings, {"colour": "blue", "size": "big", "shape": 1})] == [
        "colour",
        "size",
        "shape",
        "name",
    ]


def test_the_first_mistake_is_the_error_of_the_device():
    with pytest.raises(
        ConfigurationError, match=r'^scale-1: size: "big" is no whole number; write "size: 1" or the like'
    ):
        read_settings({"size": Setting("s", kind=WHOLE)}, {"size": "big"}, "scale-1")


def test_a_long_value_is_cut_in_the_answer():
    what, _ = mistake_in(Setting("c", kind=WHOLE), "x" * 100)
    assert what == f'"{"x" * 38}… is no whole number'


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
        max_leaves=5,
    ),
    st.sampled_from(list(SettingKind)),
)
def test_any_value_is_read_or_refused_in_words(value, kind):
    setting = Setting("of it", kind=kind)
    if mistake_in(setting, value) is None:
        assert read_settings({"colour": setting}, {"colour": value}, "d") == {"colour": read_value(setting, value)}
