"""What is on this port? Every simulated device is found, and nothing that could change a scale is ever sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_lines import SHOWN, asked_scale, plugged, sending_scale, slave

from drivers.contract import SerialSettings
from drivers.errors import LinkError
from drivers.links.serial.detect import SLAVES, SPEEDS, DetectedDevice, DetectionTimes, UnknownSender, detect
from drivers.links.serial.port import Port
from drivers.probes import scan
from drivers.scales.protocols import SCALES, decode, polled_scale
from drivers.scales.recognise import NEVER_SENT, CharacterFormat, candidates, is_harmless, scale_queries
from simulators.devices.modbus_slave import with_crc
from simulators.devices.polled_scale import ScaleLanguage
from simulators.devices.pty_line import PtyLine
from simulators.devices.scale_frames import FRAMES
from simulators.devices.uart import as_received

QUICK = DetectionTimes(listen=0.5, listen_on=1.0, scale=0.12, slave=0.06, quiet=0.03)
CSV_ST = b"ST,GS,+  12.34 kg\r\n"
# single letters that a scale obeys without a line end: zero and clear tare of Toledo 8217, tare of an old Kern
OBEYED_ALONE = frozenset(b"ZCt")


def probed(where: object, **settings) -> list[DetectedDevice] | UnknownSender:
    port = Port(str(where), SerialSettings())
    port.open()
    try:
        return detect(port, times=QUICK, **settings)
    finally:
        port.close()


def the_one(found: list[DetectedDevice] | UnknownSender) -> DetectedDevice:
    assert isinstance(found, list), found
    (one,) = found
    return one


@pytest.mark.system
@pytest.mark.parametrize("language", ScaleLanguage)
def test_a_scale_that_must_be_asked_is_found_and_neither_zeroed_nor_tared(language, tmp_path):
    with asked_scale(tmp_path / "port", language) as scale:
        found = the_one(probed(tmp_path / "port"))
    assert language in {found.driver, *found.others}
    assert found.asked
    assert found.says_unit is (language is not ScaleLanguage.YAOHUA_CMD)
    assert [reading.value for reading in found.shows] == [12.34]
    assert scale.done == []
    assert (found.settings.bytesize, found.settings.parity) == (
        (7, "even") if language is ScaleLanguage.TOLEDO_8217 else (8, "none")
    )


@pytest.mark.system
@pytest.mark.parametrize(
    ("driver", "frame", "baud", "framing"),
    [
        ("csv-st", CSV_ST, 9600, "8N1"),
        ("csv-st", CSV_ST, 2400, "8N1"),
        ("csv-st", CSV_ST, 9600, "7E1"),
        ("csv-st", CSV_ST, 1200, "7O1"),
        ("yaohua-y4", b"ww0012.34kg\r\n", 4800, "8N1"),
        ("yaohua-y1", b"=43.21000", 9600, "8N1"),
        ("toledo-continuous", b"\x02-0 001234000000\r*", 9600, "7E1"),
    ],
)
def test_a_scale_that_sends_is_found_at_its_speed_and_nothing_is_sent_to_it(driver, frame, baud, framing, tmp_path):
    with sending_scale(tmp_path / "port", frame, baud=baud, framing=framing) as heard:
        found = the_one(probed(tmp_path / "port"))
    assert found.driver == driver
    assert found.settings.baud == baud
    assert f"{found.settings.bytesize}{found.settings.parity[0].upper()}1" == framing
    assert not found.asked
    assert heard == []


@pytest.mark.system
@pytest.mark.parametrize("name", SCALES)
def test_every_scale_that_sends_is_found_by_its_frames(name, tmp_path):
    """By itself, or among those whose frames look the same."""
    with sending_scale(tmp_path / "port", FRAMES[name](SHOWN)) as heard:
        found = the_one(probed(tmp_path / "port"))
    assert name in {found.driver, *found.others}
    assert found.says_unit is (decode(name, FRAMES[name](SHOWN)).unit is not None)
    assert heard == []


@pytest.mark.system
@pytest.mark.parametrize("address", [1, 7])
def test_a_modbus_slave_is_found_with_its_address_and_its_map(address, tmp_path, monkeypatch):
    monkeypatch.setattr("drivers.links.serial.detect.SPEEDS", SPEEDS[:1])
    with slave(tmp_path / "port", address):
        found = the_one(probed(tmp_path / "port", slaves=range(1, 9)))
    assert (found.driver, found.slave, found.map) == ("modbus-rtu", address, "xy-md02")
    assert [(each.channel, each.value) for each in found.shows] == [("T", 3.5), ("RH", 81.2)]


@pytest.mark.system
def test_a_scale_at_another_speed_is_found_after_the_usual_ones(tmp_path):
    with asked_scale(tmp_path / "port", ScaleLanguage.MT_SICS, baud=4800) as scale:
        found = the_one(probed(tmp_path / "port"))
    assert (found.driver, found.settings.baud) == ("mt-sics", 4800)
    assert scale.done == []


@pytest.mark.system
def test_into_speech_that_nobody_understands_nothing_is_sent(tmp_path):
    with sending_scale(tmp_path / "port", b"Thermo 21,4 C / 20,9 C\r\n") as heard:
        found = probed(tmp_path / "port")
    assert isinstance(found, UnknownSender)
    assert (found.settings.baud, found.modbus) == (9600, False)
    assert b"Thermo" in found.heard
    assert heard == []


@pytest.mark.system
def test_a_line_with_another_modbus_master_is_left_alone(tmp_path):
    question = with_crc(bytes.fromhex("010400010002"))
    with sending_scale(tmp_path / "port", question) as heard:
        found = probed(tmp_path / "port")
    assert isinstance(found, UnknownSender)
    assert found.modbus
    assert heard == []


@pytest.mark.system
def test_a_silent_port_gives_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("drivers.links.serial.detect.SPEEDS", SPEEDS[:1])
    monkeypatch.setattr("drivers.links.serial.detect.MODBUS", (SerialSettings(),))
    said = []
    with plugged(PtyLine(tmp_path / "port", lambda _: None)):
        assert probed(tmp_path / "port", slaves=range(1, 3), progress=said.append) == []
    assert said == ["listening", "asking scales at 9600", "asking Modbus addresses 1 to 2 at 9600, parity none"]


def test_a_port_that_is_not_there_is_said():
    with pytest.raises(LinkError, match="it is not there"):
        probed("/dev/no-such-port")


# What is sent


def every_frame() -> list[bytes]:
    scales = [question.format.encode(step) for question in scale_queries() for step in question.steps]
    return scales + [frame for address in range(1, 248) for frame in scan.requests(address, NEVER_SENT)]


def test_no_question_is_a_command_or_contains_one_that_needs_no_line_end():
    commands = set()
    for name, scale in SCALES.items():
        if scale.commands is not None:
            asking = polled_scale(name, name, unit="kg")._command_set
            commands |= {asking.zero, asking.tare} - {b""}
    for frame in every_frame():
        text = bytes(byte & 0x7F for byte in frame)
        assert NEVER_SENT.isdisjoint(frame)
        assert not any(command in (frame, text) for command in commands)


@pytest.mark.parametrize("sent", SPEEDS)
def test_no_question_sounds_like_zero_or_tare_to_a_scale_that_is_set_to_another_speed(sent):
    for question in scale_queries():
        for heard in {*SPEEDS, 600, 38400} - {sent}:
            for step in question.steps:
                noise = as_received(question.format.encode(step), sent=sent, received=heard)
                assert OBEYED_ALONE.isdisjoint(noise)
                assert OBEYED_ALONE.isdisjoint(CharacterFormat.SEVEN_EVEN.decode(noise) or b"")


@pytest.mark.parametrize("steps", [(b"Z",), (b"T\r\n",), (b"\x05", b"t"), (b"x",)])
def test_a_protocol_whose_question_is_another_scales_command_would_not_be_asked(steps):
    assert not is_harmless(steps)


def test_a_scale_that_takes_single_letters_is_asked_its_own_question_first():
    steps = [b"".join(question.steps) for question in scale_queries()]
    assert all(steps.index(b"W") < steps.index(other) for other in steps if set(other) & set(b"ABEF"))


def test_every_address_that_is_tried_has_a_harmless_question():
    assert all(list(scan.requests(address, NEVER_SENT)) for address in SLAVES)


# What is concluded


@given(st.binary(max_size=400))
def test_noise_is_no_scale(noise):
    assert all(each.frames >= 3 for each in candidates(noise))


@given(st.sampled_from(CharacterFormat), st.binary(max_size=64))
def test_a_framing_reads_back_what_it_writes(framing, text):
    text = bytes(byte & 0x7F for byte in text)
    assert framing.decode(framing.encode(text)) == text


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_an_answer_is_known_among_noise_and_noise_is_no_answer(before, after):
    question = next(scan.requests(1, NEVER_SENT))
    answer = with_crc(bytes.fromhex("0104020123"))
    assert scan.has_response(question, before + answer + after)
    assert scan.has_response(question, with_crc(bytes.fromhex("018402")))
    assert not scan.has_response(question, with_crc(bytes.fromhex("0204020123")))
