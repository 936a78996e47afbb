"""Scales that are asked, as their makers print it; and what a UART hears at another speed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices import polled_scale as asked_scale
from simulators.devices.polled_scale import ANSWERS, ScaleLanguage, SimulatedPolledScale
from simulators.devices.scale import DisplayedWeight
from simulators.devices.uart import PARITIES, Uart, as_received

# from the makers' documents: encoder, what is shown, frame
FRAMES = [
    ("mt_sics", ("100.00", True, "g"), b"S S     100.00 g\r\n"),
    ("mt_sics", ("12.345", False, "kg"), b"S D     12.345 kg\r\n"),
    ("mt_sics", (None, False, "kg"), b"S +\r\n"),
    ("toledo_8217", ("1.250", True, "kg"), b"\x0201.250\r"),
    ("toledo_8217", ("1.250", False, "kg"), b"\x02?A\r"),
    ("toledo_8217", ("-0.01", True, "kg"), b"\x02?D\r"),
    ("toledo_8217", (None, False, "kg"), b"\x02?B\r"),
    ("nci", ("1.25", True, "kg"), b"\n0001.25kg\r\n00\r\x03"),
    ("nci", ("1.25", False, "kg"), b"\n10\r\x03"),
    ("yaohua_cmd", ("12.345", True, "kg"), b"\x02AB+01234531A\x03"),
    ("radwag", ("18.5", False, "kg"), b"SI ?       18.5 kg \r\n"),
    ("kern_kde", ("-12.35", True, "g"), b" -     12.35 g  \r\n"),
    ("kern_kde", ("250.1", False, "g"), b"       250.1    \r\n"),
]


@pytest.mark.parametrize(("encoder", "shown", "frame"), FRAMES)
def test_an_answer_is_what_the_makers_documents_print(encoder, shown, frame):
    weight, stable, unit = shown
    weighing = DisplayedWeight(weight=None if weight is None else Decimal(weight), stable=stable, unit=unit)
    assert getattr(asked_scale, encoder)(weighing) == frame


@pytest.mark.parametrize("language", ScaleLanguage)
def test_each_question_is_known_behind_noise(language, tmp_path):
    scale = SimulatedPolledScale(
        tmp_path / "port", language, lambda: DisplayedWeight(weight=Decimal("12.34"), stable=True)
    )
    sent = []
    scale.line.write = lambda chunk: bool(sent.append(chunk)) or True
    for question in ANSWERS[language]:
        scale._receive(b"\xfe\x00" + question)
    assert scale.answers == len(ANSWERS[language])
    assert len(sent) >= scale.answers


def test_a_zero_and_a_tare_are_remembered_and_change_what_is_shown(tmp_path):
    scale = SimulatedPolledScale(
        tmp_path / "port", ScaleLanguage.MT_SICS, lambda: DisplayedWeight(weight=Decimal("12.34"), stable=True)
    )
    scale._receive(b"T\r\n")
    assert scale._net() == DisplayedWeight(weight=Decimal("0.00"), stable=True, net=True)
    scale._receive(b"Z\r\n")
    assert scale.done == ["tare", "zero"]
    assert scale._net().net is False


@given(st.binary(max_size=40), st.sampled_from([1200, 9600, 19200]))
def test_at_the_same_speed_every_byte_is_heard_as_it_was_sent(chunk, baud):
    assert as_received(chunk, sent=baud, received=baud) == chunk


@given(st.binary(max_size=40))
def test_at_half_the_speed_there_are_fewer_bytes_and_at_twice_the_speed_more(chunk):
    assert len(as_received(chunk, sent=9600, received=4800)) <= len(chunk)
    assert len(as_received(chunk, sent=9600, received=19200)) >= len(chunk)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=20), st.sampled_from(["7E1", "7O1"]))
def test_seven_bits_have_their_parity_as_the_eighth(tmp_path_factory, text, frame):
    line = Uart(tmp_path_factory.getbasetemp() / "port", lambda _: None, frame=frame)
    sent = line._with_parity(text.encode())
    assert bytes(byte & 0x7F for byte in sent) == text.encode()
    assert all(byte.bit_count() % 2 == PARITIES[frame] for byte in sent)
