"""Scales that must be asked, on a real thread and a pseudo-terminal: polled, zeroed, tared, switched off and on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from serial_wire import RealTime, RecordingIntake, Running, wait_until
from simulated_lines import asked_scale

from drivers.contract import BusDriver, LinkChange, SerialSettings, Trouble
from drivers.errors import ConfigurationError, LinkError
from drivers.links.serial.bus_poller import BusPoller
from drivers.links.serial.link import PortTimes, SerialLink
from drivers.reading import Quality, Reason
from drivers.registry import StreamEntry, entry
from simulators.devices.polled_scale import ScaleLanguage, SimulatedPolledScale

pytestmark = pytest.mark.system
EVERY = 50_000  # microseconds
# A pseudo-terminal has no parity: the scale's seven bits are read as eight there.
EIGHT_BITS = [each for each in ScaleLanguage if each is not ScaleLanguage.TOLEDO_8217]


def scale_link(folder, language: ScaleLanguage, intake: RecordingIntake) -> SerialLink:
    on_port = [("rice-scale", EVERY, asked("rice-scale", language))]
    times = PortTimes(timeout=0.2, slowest=0.4)
    port, settings = str(folder / "port"), SerialSettings()
    return SerialLink("rice-scale", port, settings, on_port, intake=intake, clock=RealTime(), times=times)


def asked(device: str, language: ScaleLanguage) -> BusDriver:
    found = entry(language)
    assert isinstance(found, StreamEntry)
    assert found.ask is not None
    return found.ask(device, unit="kg")


@contextmanager
def running(folder, language: ScaleLanguage) -> Iterator[tuple[SimulatedPolledScale, SerialLink, RecordingIntake]]:
    intake = RecordingIntake()
    with asked_scale(folder / "port", language) as scale, Running(scale_link(folder, language, intake)) as link:
        wait_until(lambda: intake.of(LinkChange))
        yield scale, link, intake


@pytest.mark.parametrize("language", EIGHT_BITS)
def test_a_scale_is_asked_in_its_period_and_gives_its_weight(language, tmp_path):
    with running(tmp_path, language) as (_, link, intake):
        wait_until(lambda: len(intake.values) >= 4)
    assert set(intake.values) == {12.34}
    counted = link.statistics["rice-scale"]
    assert counted.answered >= 4
    assert counted.no_reply == counted.framing == 0


@pytest.mark.parametrize("command", ["zero", "tare"])
def test_a_scale_is_zeroed_and_tared_before_its_next_weight(command, tmp_path):
    with running(tmp_path, ScaleLanguage.MT_SICS) as (scale, link, intake):
        wait_until(lambda: intake.values)
        link.order("rice-scale", command)
        wait_until(lambda: intake.values[-1] == 0.0)
        assert scale.done == [command]
    assert not intake.of(Trouble)


def test_a_scale_without_such_a_command_cannot_be_told(tmp_path):
    with running(tmp_path, ScaleLanguage.NCI) as (scale, link, _):
        assert link.commands("rice-scale") == {"zero"}
        with pytest.raises(ConfigurationError, match="press the key"):
            link.order("rice-scale", "tare")
        assert scale.done == []


def test_a_scale_that_is_not_there_is_not_told_later(tmp_path):
    intake = RecordingIntake()
    with Running(scale_link(tmp_path, ScaleLanguage.MT_SICS, intake)) as link:
        wait_until(lambda: intake.of(LinkChange))
        with pytest.raises(LinkError, match="cannot be reached now"):
            link.order("rice-scale", "zero")
        with asked_scale(tmp_path / "port", ScaleLanguage.MT_SICS) as scale:
            wait_until(lambda: 12.34 in intake.values)
            assert scale.done == []


def test_the_port_of_a_scale_that_says_only_what_is_new_is_never_deaf():
    def asker(driver: str) -> BusPoller:
        found = entry(driver)
        assert isinstance(found, StreamEntry)
        assert found.ask is not None
        return BusPoller([(found.ask("scale"), EVERY)], SerialSettings(), RealTime(), slowest=0.01, deaf_after=0.0)

    scales = [asker("adam"), asker("mt-sics")]
    time.sleep(0.2)
    assert [each.silence.overdue() is None for each in scales] == [True, False]


def test_a_command_that_waits_is_forgotten_with_the_line():
    written: list[bytes] = []
    silent = SimpleNamespace(write=written.append, read=lambda _: b"")
    asker = BusPoller([(asked("rice-scale", ScaleLanguage.MT_SICS), EVERY)], SerialSettings(), RealTime())
    asker.order("rice-scale", "zero")
    asker.reset()
    asker.take_turn(silent)
    assert written == [b"SI\r\n"]


def test_a_scale_that_is_switched_off_is_lost_and_its_noise_when_it_comes_on_hides_nothing(tmp_path):
    with running(tmp_path, ScaleLanguage.MT_SICS) as (scale, link, intake):
        wait_until(lambda: intake.values)
        scale.powered = False
        wait_until(lambda: intake.readings[-1].reason is Reason.NO_COMMUNICATION)
        assert intake.readings[-1].quality is Quality.BAD
        scale.power(on=True)
        wait_until(lambda: intake.values[-1] == 12.34)
    assert link.statistics["rice-scale"].no_reply >= 3
