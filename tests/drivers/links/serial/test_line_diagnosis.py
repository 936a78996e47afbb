"""What a technician is told when bytes come and no frame is among them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import SerialSettings
from drivers.links.serial.line_diagnosis import ENOUGH, REPEAT_AFTER, WITHIN, LineDiagnosis, explain

NINE = SerialSettings()
NOISE = bytes([0x00, 0xFE, 0x86, 0x1E, 0x98, 0xE0]) * 20
SEVEN_EVEN = bytes.fromhex("82 30 b1 2e b2 35 30 8d") * 8


@pytest.mark.parametrize(
    ("run", "bad_stops", "said"),
    [
        (NOISE, 0, "9600 8N1 may be wrong"),
        (NOISE, 7, "7 bytes had no stop bit"),
        (b"ST,GS,+000.876kg\r\n" * 4, 0, "the driver is another"),
    ],
)
def test_each_cause_has_its_sentence_with_a_remedy(run, bad_stops, said):
    text = explain(run, NINE, bad_stops=bad_stops)
    assert text is not None
    assert said in text
    assert "mbg-gateway devices --probe" in text


def test_wrong_speed_is_told_with_the_usual_settings():
    assert "9600, 4800, 2400, 1200 or 19200 with 8N1, 7E1 or 8N2" in (explain(NOISE, NINE) or "")


def test_seven_bits_with_parity_are_left_to_the_driver_which_says_how_to_set_them():
    assert explain(SEVEN_EVEN, NINE) is None


@given(st.lists(st.tuples(st.binary(min_size=0, max_size=40), st.floats(0.0, 2.0)), max_size=80))
def test_doubt_takes_its_time_and_is_said_once_a_minute(chunks):
    doubt, now, said, came, begun = LineDiagnosis("rice-scale", NINE), 0.0, [], 0, None
    for chunk, after in chunks:
        now += after
        begun = now if begun is None and chunk else begun
        came += len(chunk)
        if doubt.add(chunk, now) is not None:
            said.append(now)
            assert came >= ENOUGH
            assert now - begun >= WITHIN
    assert all(later - sooner >= REPEAT_AFTER for sooner, later in pairwise(said))


def test_noise_at_power_up_is_no_doubt():
    doubt = LineDiagnosis("rice-scale", NINE)
    assert doubt.add(NOISE, 0.0) is None
    doubt.reset()  # a reading came
    assert doubt.add(NOISE, 20.0) is None
