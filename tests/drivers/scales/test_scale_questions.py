"""What scales that must be asked are sent, and which of the frames heard is the answer."""

import pytest

from drivers.contract import Trouble
from drivers.errors import ConfigurationError
from drivers.reading import Reading
from drivers.scales.common.polled import PolledScale
from drivers.scales.protocols import polled_scale

AT = 1_764_000_000_000_000
RADWAG = b"SI         18.5 kg \r\n"


def scale(name: str, **settings: str) -> PolledScale:
    return polled_scale(name, "rice-scale", unit="kg", **settings)


def weights(driver: PolledScale, heard: bytes) -> list[float | None] | None:
    """Values of the answer to the poll; None while it is not complete."""
    answer = driver.find_response(driver.requests()[-1], heard, AT)
    return None if answer is None else [each.value for each in answer.results if isinstance(each, Reading)]


@pytest.mark.parametrize(
    ("name", "settings", "poll", "answer", "value"),
    [
        ("condec", {}, b"P\r", b"\x02   12.40 KG GR \r\n", 12.4),
        ("dini", {}, b"READ\r\n", b"ST,GS,   12.45,kg\r\n", 12.45),
        ("dini", {"address": "01"}, b"01READ\r\n", b"01ST,GS,   12.45,kg\r\n", 12.45),
        ("epelsa", {}, b"$", b"\x02A   0.165\r\x03", 0.165),
        ("kern-kde", {}, b"w", b"       250.1 g  \r\n", 0.2501),
        ("nci", {}, b"W\r", b"\n0001.25kg\r\n00\r\x03", 1.25),
        ("nci", {}, b"W\r", b"\n02\r\x03", None),
        ("radwag", {}, b"SI\r\n", RADWAG, 18.5),
        ("sma", {}, b"\nW\r", b"\n 1G       5.025kg \r", 5.025),
        ("yaohua-cmd", {}, b"\x02AB03\x03", b"\x02AB+01234531A\x03", 12.345),
        ("yaohua-cmd", {"read": "net", "address": "C"}, b"\x02CD07\x03", b"\x02CD+01234531E\x03", 12.345),
        ("yaohua-cmd", {"model": "a22"}, b"\x02AR13\x03", b"\x02AR+01234530:\x03", 12.345),
    ],
)
def test_the_poll_gets_its_answer(name, settings, poll, answer, value):
    driver = scale(name, **settings)
    assert driver.requests() == [poll]
    assert weights(driver, answer[:-2]) is None
    assert weights(driver, answer) == [value]


@pytest.mark.parametrize(
    ("name", "settings", "stale", "answer", "value"),
    [
        ("radwag", {}, b"SI A\r\n", RADWAG, 18.5),
        ("radwag", {}, b"Z D\r\n", RADWAG, 18.5),
        ("dini", {"address": "01"}, b"02ST,GS,    9.99,kg\r\n", b"01ST,GS,   12.45,kg\r\n", 12.45),
        ("yaohua-cmd", {}, b"\x02BB+012345319\x03", b"\x02AB+01234531A\x03", 12.345),
    ],
)
def test_what_answers_something_else_is_passed_over(name, settings, stale, answer, value):
    driver = scale(name, **settings)
    assert weights(driver, stale) is None
    assert weights(driver, stale + answer) == [value]


@pytest.mark.parametrize(
    ("name", "settings", "act", "exchange"),
    [
        ("dini", {}, "zero", (b"ZERO\r\n", b"OK\r\n", b"ERR03\r\n")),
        ("dini", {"address": "07"}, "tare", (b"07TARE\r\n", b"07OK\r\n", b"07ERR03\r\n")),
        ("nci", {}, "zero", (b"Z\r", b"\n20\r\x03", b"\n?\r\x03")),
        ("radwag", {}, "zero", (b"Z\r\n", b"Z A\r\nZ D\r\n", b"Z A\r\nZ ^\r\n")),
        ("radwag", {}, "tare", (b"T\r\n", b"T A\r\nT D\r\n", b"T I\r\n")),
        ("sma", {}, "zero", (b"\nZ\r", b"\nZ1G       0.000kg \r", b"\nE1G  ----------kg \r")),
        ("yaohua-cmd", {"model": "a22"}, "zero", (b"\x02A071\x03", b"\x02A071\x03", b"\x02A\x0445\x03")),
        ("yaohua-cmd", {"model": "a22"}, "tare", (b"\x02AT15\x03", b"\x02AT15\x03", b"\x02A\x0445\x03")),
    ],
)
def test_zero_and_tare_go_before_the_poll_and_are_answered(name, settings, act, exchange):
    command, done, refused = exchange
    driver = scale(name, **settings)
    getattr(driver, act)()
    assert driver.requests()[0] == command
    carried_out, not_done = driver.find_response(command, done, AT), driver.find_response(command, refused, AT)
    assert carried_out is not None
    assert (carried_out.refused, carried_out.results) == (False, [])
    assert not_done is not None
    assert not_done.refused
    assert all(isinstance(each, Trouble) for each in not_done.results)


@pytest.mark.parametrize(
    ("name", "act"), [("condec", "zero"), ("nci", "tare"), ("yaohua-cmd", "zero"), ("epelsa", "tare")]
)
def test_a_command_that_the_maker_does_not_name_is_refused(name, act):
    with pytest.raises(ConfigurationError, match=f"{name} has no command for {act}"):
        getattr(scale(name), act)()


@pytest.mark.parametrize("name", ["labelled", "vibra", "yaohua-y0", "yaohua-y1", "yaohua-y2", "yaohua-y3", "yaohua-y4"])
def test_scales_that_send_by_themselves_are_not_asked(name):
    with pytest.raises(ConfigurationError, match="send by themselves"):
        scale(name)


@pytest.mark.parametrize(
    ("name", "settings", "listed"),
    [
        ("dini", {"address": "1"}, "address"),
        ("nci", {"status": "scp-2"}, "one of scp-01, scp-12"),
        ("vibra", {"auxiliary": "guess"}, "one of digit, index, refuse"),
        ("labelled", {"decimal": "dot"}, "one of comma, point"),
        ("yaohua-cmd", {"model": "a12"}, "one of a22, a9"),
        ("yaohua-cmd", {"address": "AA"}, "one of A, B, C"),
    ],
)
def test_a_word_that_a_setting_does_not_know_is_refused_with_those_that_it_does(name, settings, listed):
    with pytest.raises(ConfigurationError, match=listed):
        scale(name, **settings)
