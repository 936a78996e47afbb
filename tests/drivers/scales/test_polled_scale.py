"""Scales that are asked: the right answer to the right question, and the commands for zero and tare."""

from collections.abc import Mapping

import pytest

from drivers.bus.bus import Bus
from drivers.contract import Trouble
from drivers.errors import ConfigurationError
from drivers.reading import Flag, Quality, Reading, Reason
from drivers.scales.protocols import SCALES, polled_scale

AT = 1_764_000_000_000_000
TICK = 0.01


class Line:
    """A scale on a wire that answers each question as the table says; time passes by the tick."""

    def __init__(self, scale, replies: Mapping[bytes, list[bytes]]) -> None:
        self.bus = Bus([scale], timeout=0.3, slowest=1.0)
        self.device = scale.device
        self.replies = {question: list(answers) for question, answers in replies.items()}
        self.sent: list[bytes] = []
        self.now = 0.0

    def turn(self, seconds: float = 1.0) -> list[Reading | Trouble]:
        """One turn of the device; gives what came of it."""
        self.bus.schedule(self.device)
        results: list[Reading | Trouble] = []
        until = self.now + seconds
        while self.now < until:
            self.now += TICK
            heard = b""
            if (question := self.bus.next_request(self.now)) is not None:
                self.sent.append(question)
                answers = self.replies.get(question, [])
                heard = answers.pop(0) if answers else b""
            results += self.bus.receive_data(heard, AT, self.now)
        return results


def kilograms(results) -> list[float | None]:
    return [each.value for each in results if isinstance(each, Reading)]


def test_a_scale_is_polled_for_its_weight():
    line = Line(polled_scale("mt-sics", "scale"), {b"SI\r\n": [b"S S      1.250 kg\r\n", b"S D      1.300 kg\r\n"]})
    assert [kilograms(line.turn()), kilograms(line.turn())] == [[1.25], [1.3]]
    assert line.bus.statistics["scale"].answered == 2


def test_zero_and_tare_go_before_the_next_weight():
    scale = polled_scale("mt-sics", "scale")
    replies = {b"Z\r\n": [b"Z A\r\n"], b"T\r\n": [b"T S      0.250 kg\r\n"], b"SI\r\n": [b"S S      0.000 kg\r\n"]}
    line = Line(scale, replies)
    scale.zero()
    scale.tare()
    assert kilograms(line.turn()) == [0.0]
    assert line.sent == [b"Z\r\n", b"T\r\n", b"SI\r\n"]


def test_a_refused_zero_is_said_and_the_weight_is_still_read():
    scale = polled_scale("mt-sics", "scale")
    line = Line(scale, {b"Z\r\n": [b"Z I\r\n"], b"SI\r\n": [b"S S      9.000 kg\r\n"]})
    scale.zero()
    trouble, reading = line.turn()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, kilograms([reading])) == (Reason.BUSY, [9.0])


def test_a_weight_that_was_on_its_way_does_not_answer_the_zero_command():
    scale = polled_scale("mt-sics", "scale")
    replies = {b"Z\r\n": [b"S S      9.000 kg\r\nZ A\r\n"], b"SI\r\n": [b"S S      0.000 kg\r\n"]}
    line = Line(scale, replies)
    scale.zero()
    assert kilograms(line.turn()) == [0.0]


def test_a_scale_that_is_busy_gives_no_weight():
    (trouble,) = Line(polled_scale("mt-sics", "scale"), {b"SI\r\n": [b"S I\r\n"]}).turn()
    assert isinstance(trouble, Trouble)
    assert trouble.kind == Reason.BUSY


def test_overload_is_a_bad_reading():
    (reading,) = Line(polled_scale("mt-sics", "scale"), {b"SI\r\n": [b"S +\r\n"]}).turn()
    assert isinstance(reading, Reading)
    assert (reading.value, reading.quality, reading.reason) == (None, Quality.BAD, Reason.OVERLOAD)


def test_the_echo_of_a_question_is_no_answer():
    line = Line(polled_scale("toledo-8217", "scale"), {b"W": [b"W\x0201.250\r"]})
    assert kilograms(line.turn()) == [1.25]


def test_silence_is_no_weight_and_after_three_times_the_scale_is_lost():
    line = Line(polled_scale("mt-sics", "scale"), {b"SI\r\n": [b"S S      1.250 kg\r\n"]})
    assert kilograms(line.turn()) == [1.25]
    results = [each for _ in range(4) for each in line.turn(1.5)]
    (lost,) = [each for each in results if isinstance(each, Reading)]
    assert (lost.value, lost.reason) == (None, Reason.NO_COMMUNICATION)


def test_a_scale_that_says_only_what_is_new_is_neither_lost_nor_zero_nor_unchanged_while_it_is_silent():
    line = Line(polled_scale("adam", "scale"), {b"P\r\n": [b"   1.250kg\r\n", *[b""] * 5, b"   1.500kg\r\n"]})
    assert kilograms(line.turn()) == [1.25]
    assert [each for _ in range(5) for each in line.turn(1.5)] == []
    assert kilograms(line.turn()) == [1.5]
    assert (line.bus.statistics["scale"].asked, line.bus.statistics["scale"].no_reply) == (7, 0)


def test_a_scale_that_leaves_a_command_unanswered_is_said_to():
    scale = polled_scale("adam", "scale")
    scale.zero()
    (trouble,) = Line(scale, {}).turn()
    assert isinstance(trouble, Trouble)
    assert trouble.kind == "no_reply"


def test_half_an_answer_is_said_to_be_one():
    (trouble,) = Line(polled_scale("mt-sics", "scale"), {b"SI\r\n": [b"S S      1.2"]}).turn()
    assert isinstance(trouble, Trouble)
    assert trouble.kind == Reason.FRAMING


def test_a_wrong_checksum_is_named_and_never_a_weight():
    frame = b"\x01\x02S 01.234kge\x03\x04"
    line = Line(polled_scale("cas-pos", "scale"), {b"\x05": [b"\x06"], b"\x11": [frame.replace(b"234", b"235")]})
    (trouble,) = line.turn()
    assert isinstance(trouble, Trouble)
    assert trouble.kind == Reason.CHECKSUM


def test_cas_is_asked_in_two_steps():
    line = Line(polled_scale("cas-pos", "scale"), {b"\x05": [b"\x06"], b"\x11": [b"\x01\x02S 01.234kge\x03\x04"]})
    assert kilograms(line.turn()) == [1.234]
    assert line.sent == [b"\x05", b"\x11"]


def test_cas_that_is_not_ready_is_asked_again_next_time():
    replies = {b"\x05": [b"\x15", b"\x06"], b"\x11": [b"", b"\x01\x02S 01.234kge\x03\x04"]}
    line = Line(polled_scale("cas-pos", "scale"), replies)
    assert next(each.kind for each in line.turn(2.0) if isinstance(each, Trouble)) == Reason.BUSY
    assert kilograms(line.turn()) == [1.234]


def test_a_status_without_any_bit_repeats_the_weight_and_says_so():
    line = Line(polled_scale("toledo-8217", "scale"), {b"W": [b"\x0201.250\r", b"\x02?@\r", b"\x02?A\r", b"\x02?@\r"]})
    readings = [each for _ in range(4) for each in line.turn()]
    assert [(each.value, each.flags) for each in readings] == [
        (1.25, Flag.NONE),
        (1.25, Flag.REPEATED),
        (None, Flag.NONE),
        (None, Flag.REPEATED),
    ]


def test_an_acknowledgement_that_is_switched_on_answers_zero():
    scale = polled_scale("and", "scale")
    line = Line(scale, {b"Z\r\n": [b"\x06"], b"Q\r\n": [b"\x06ST,+0000.000 kg\r\n"]})
    scale.zero()
    assert kilograms(line.turn()) == [0.0]


def test_a_unit_that_the_frames_lack_comes_from_the_settings():
    line = Line(polled_scale("sbi-16", "scale", unit="g"), {b"\x1bP\r\n": [b"+   1255.3    \r\n"]})
    (reading,) = line.turn()
    assert isinstance(reading, Reading)
    assert (reading.value, reading.stable) == (1.2553, False)


def test_a_line_end_that_comes_late_is_no_noise():
    line = Line(polled_scale("mt-sics", "scale"), {b"SI\r\n": [b"S S      1.250 kg\r"]})
    assert kilograms(line.turn()) == [1.25]
    assert line.bus.receive_data(b"\n", AT, line.now) == line.bus.receive_data(b"", AT, line.now + 1.0) == []


def test_what_a_protocol_cannot_do_is_refused():
    with pytest.raises(ConfigurationError, match="cas-pos has no command for zero"):
        polled_scale("cas-pos", "scale").zero()
    with pytest.raises(ConfigurationError, match="cas-22 scales send by themselves"):
        polled_scale("cas-22", "scale")


@pytest.mark.parametrize("name", [name for name, scale in SCALES.items() if scale.commands])
def test_no_heard_bytes_of_another_kind_answer_a_question(name):
    scale = polled_scale(name, "scale", unit="kg")
    for question in scale.requests():
        assert scale.find_response(question, question + b"\0\x7f\xff" * 20, AT) is None
        assert scale.explain(question, b"\xff" * 20).reason == Reason.FRAMING
