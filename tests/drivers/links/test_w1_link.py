"""1-wire probes as files in a folder: they vanish, come back, have been without power, and cannot be read."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serial_wire import RealTime, RecordingIntake, wait_until

from drivers.contract import LinkChange, Trouble
from drivers.links.w1 import W1Link
from drivers.probes.w1 import W1Probe
from drivers.reading import Reason

pytestmark = pytest.mark.system
FREEZER, SOUP = "28-0316a2794bff", "28-0316a2794b00"
EVERY = 30_000  # microseconds
COLD = "d8 fe 4b 46 7f ff 08 10 6d : crc=6d YES\nd8 fe 4b 46 7f ff 08 10 6d t=-18500\n"
Start = Callable[..., W1Link]
POWER_ON = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


def plug_in(folder: Path, address: str, text: str) -> None:
    (folder / address).mkdir(exist_ok=True)
    # A read must never see half of the file that the test writes.
    (folder / "next").write_text(text)
    (folder / "next").rename(folder / address / "w1_slave")


def pull_out(folder: Path, address: str) -> None:
    (folder / address / "w1_slave").unlink()
    (folder / address).rmdir()


@pytest.fixture
def start(intake: RecordingIntake) -> Iterator[Start]:
    """Runs a link over a folder with these probes until the test is over."""
    links: list[tuple[W1Link, threading.Thread]] = []

    def run(folder: Path, *addresses: str) -> W1Link:
        probes = [(W1Probe(f"probe-{number}", address=address), EVERY) for number, address in enumerate(addresses)]
        link = W1Link("1-wire", folder, probes, intake=intake, clock=RealTime())
        thread = threading.Thread(target=link.run)
        thread.start()
        links.append((link, thread))
        return link

    yield run
    for link, thread in links:
        link.stop()
        thread.join(5)
        assert not thread.is_alive()


def test_a_probe_that_vanishes_is_bad_at_once_and_told_once_and_is_found_again(tmp_path, intake, start, caplog):
    caplog.set_level(logging.INFO, "drivers.links.w1")
    plug_in(tmp_path, FREEZER, COLD)
    plug_in(tmp_path, SOUP, COLD)
    start(tmp_path, FREEZER, SOUP)
    wait_until(lambda: -18.5 in intake.values)
    pull_out(tmp_path, FREEZER)
    wait_until(lambda: [each.reason for each in intake.readings].count(Reason.NO_COMMUNICATION) > 2)
    plug_in(tmp_path, FREEZER, COLD)
    wait_until(lambda: intake.readings[-2:] and all(each.value == -18.5 for each in intake.readings[-2:]))
    changes = [(each.link, each.up) for each in intake.of(LinkChange)]
    assert changes == [("probe-0", True), ("probe-1", True), ("probe-0", False), ("probe-0", True)]
    assert all(each.value == -18.5 for each in intake.readings if each.device == "probe-1")
    assert "look at plug and cable" in caplog.text


def test_a_power_on_value_is_read_again_before_anybody_sees_it(tmp_path, intake, start):
    plug_in(tmp_path, SOUP, POWER_ON)
    start(tmp_path, SOUP)
    wait_until(lambda: len(intake.readings) > 1)
    assert {(each.value, each.reason) for each in intake.readings} == {(85.0, None)}


def test_a_file_that_is_none_is_told_and_its_reading_bad(tmp_path, intake, start):
    plug_in(tmp_path, SOUP, "23125\n")
    start(tmp_path, SOUP)
    wait_until(lambda: intake.of(Trouble))
    assert intake.of(Trouble)[0].kind == Reason.MALFORMED
    assert {each.reason for each in intake.readings} == {Reason.MALFORMED}


def test_no_folder_at_all_is_a_lost_probe(tmp_path, intake, start):
    link = start(tmp_path / "nowhere", FREEZER)
    wait_until(lambda: intake.readings)
    beat = link.last_beat
    wait_until(lambda: link.last_beat > beat)
    assert intake.readings[0].reason is Reason.NO_COMMUNICATION


def test_an_empty_file_is_a_probe_that_does_not_answer(tmp_path, intake, start):
    plug_in(tmp_path, FREEZER, "")
    start(tmp_path, FREEZER)
    wait_until(lambda: intake.readings)
    assert intake.of(LinkChange)[0].text.endswith("pull-up resistor")


def test_nothing_is_read_while_the_intake_is_full(tmp_path, intake, start):
    plug_in(tmp_path, FREEZER, COLD)
    intake.full = True
    link = start(tmp_path, FREEZER)
    beat = link.last_beat
    wait_until(lambda: link.last_beat > beat)
    assert not intake.arrivals
    intake.full = False
    wait_until(lambda: intake.values)
