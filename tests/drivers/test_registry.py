"""Names of kitchen.yaml and what they build."""

import pytest

from drivers.contract import StreamDriver
from drivers.errors import ConfigurationError
from drivers.registry import DRIVERS, BusEntry, DriverKind, FileEntry, MessageEntry, StreamEntry, entry


@pytest.mark.parametrize("name", DRIVERS)
def test_every_driver_can_be_built(name):
    match entry(name):
        case StreamEntry(kind=DriverKind.STREAM) as stream:
            given = {"pattern": "(?P<t>.*)"} if name == "ascii-line" else {"unit": "kg"}
            assert isinstance(stream.build("rice-scale", **given), StreamDriver)
        case FileEntry(kind=DriverKind.FILE) as file:
            assert file.build("freezer-1", address="28-0316a2794bff").device == "freezer-1"
        case BusEntry(kind=DriverKind.BUS) as bus:
            for register_map in bus.maps:
                assert bus.build("chiller-1", register_map, slave=2).requests()[0][0] == 2
        case MessageEntry(kind=DriverKind.MESSAGE) as message:
            assert message.build().decode("", b"") == []


def test_a_name_that_is_almost_right_is_suggested():
    with pytest.raises(ConfigurationError, match="did you mean csv-st"):
        entry("csv_st")
