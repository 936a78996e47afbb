"""The scales that can be read: id in kitchen.yaml → protocol, its settings, how its port is usually set, what to ask.

One table; a protocol is a file beside this one. `decode` is what a technician asks of some bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from drivers.contract import SerialSettings
from drivers.errors import ConfigurationError
from drivers.scales import (
    adam,
    and_balance,
    cas,
    cas_pos,
    condec,
    dini,
    epelsa,
    kern_kde,
    labelled,
    mt_sics,
    nci,
    ohaus,
    radwag,
    sbi,
    sma,
    toledo_8217,
    toledo_continuous,
    vibra,
    yaohua,
    yaohua_cmd,
)
from drivers.scales.common.line import LineProtocol, LineScale, last_weighing
from drivers.scales.common.packed import PackedProtocol, PackedScale
from drivers.scales.common.polled import CommandSet, PolledScale
from drivers.scales.common.weighing import UNITS, Weighing
from drivers.scales.csv_st import CSV_ST

SEVEN_EVEN = SerialSettings(bytesize=7, parity="even")
NO_SETTINGS: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One protocol.

    Attributes:
        build: settings as keyword arguments → protocol.
        settings: name → the words that it may be, the usual one first. `unit` all protocols have.
        serial: the usual setting of the port.
        asking: for scales that can be asked, or what builds it from the settings; None for those that only send.
    """

    build: Callable[..., LineProtocol]
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_SETTINGS)
    serial: SerialSettings = field(default_factory=SerialSettings)
    asking: CommandSet | Callable[..., CommandSet] | None = None


def _always(protocol: LineProtocol) -> Callable[[], LineProtocol]:
    return lambda: protocol


SCALES: Mapping[str, Scale] = {
    "adam": Scale(build=_always(adam.ADAM), serial=SerialSettings(baud=4800), asking=adam.ASKING),
    "and": Scale(
        build=_always(and_balance.AND),
        serial=SerialSettings(baud=2400, bytesize=7, parity="even"),
        asking=and_balance.ASKING,
    ),
    "cas-10": Scale(build=_always(cas.CAS_10)),
    "cas-18": Scale(build=_always(cas.CAS_18)),
    "cas-22": Scale(build=_always(cas.CAS_22)),
    "cas-cmd": Scale(build=_always(cas.CAS_CMD)),
    "cas-pos": Scale(build=_always(cas_pos.CAS_POS), asking=cas_pos.ASKING),
    "condec": Scale(
        build=_always(condec.CONDEC), serial=SerialSettings(bytesize=7, parity="odd"), asking=condec.ASKING
    ),
    "csv-st": Scale(build=_always(CSV_ST)),
    "dini": Scale(build=dini.dini, settings=dini.SETTINGS, asking=dini.asking),
    "epelsa": Scale(build=_always(epelsa.EPELSA), asking=epelsa.ASKING),
    "kern-kde": Scale(build=_always(kern_kde.KERN_KDE), asking=kern_kde.ASKING),
    "labelled": Scale(build=labelled.labelled, settings=labelled.SETTINGS),
    "mt-sics": Scale(build=_always(mt_sics.MT_SICS), asking=mt_sics.ASKING),
    "nci": Scale(build=nci.nci, settings=nci.SETTINGS, asking=nci.ASKING),
    "ohaus": Scale(build=_always(ohaus.OHAUS), asking=ohaus.ASKING),
    "radwag": Scale(build=_always(radwag.RADWAG), asking=radwag.ASKING),
    "sbi-16": Scale(
        build=_always(sbi.SBI_16), serial=SerialSettings(baud=1200, bytesize=7, parity="odd"), asking=sbi.ASKING
    ),
    "sbi-22": Scale(
        build=_always(sbi.SBI_22), serial=SerialSettings(baud=1200, bytesize=7, parity="odd"), asking=sbi.ASKING
    ),
    "sma": Scale(build=_always(sma.SMA), asking=sma.ASKING),
    "toledo-8217": Scale(
        build=toledo_8217.toledo_8217,
        settings=toledo_8217.SETTINGS,
        serial=SEVEN_EVEN,
        asking=toledo_8217.ASKING,
    ),
    "toledo-continuous": Scale(
        build=toledo_continuous.toledo_continuous,
        settings=toledo_continuous.SETTINGS,
        serial=SEVEN_EVEN,
        asking=toledo_continuous.ASKING,
    ),
    "vibra": Scale(build=vibra.vibra, settings=vibra.SETTINGS, serial=SerialSettings(stopbits=2)),
    "yaohua-cmd": Scale(build=yaohua_cmd.yaohua_cmd, settings=yaohua_cmd.SETTINGS, asking=yaohua_cmd.asking),
    "yaohua-y0": Scale(build=_always(yaohua.Y0)),
    "yaohua-y1": Scale(build=_always(yaohua.Y1)),
    "yaohua-y2": Scale(build=_always(yaohua.Y2)),
    "yaohua-y3": Scale(build=_always(yaohua.Y3)),
    "yaohua-y4": Scale(build=_always(yaohua.Y4)),
}


def listening(name: str, device: str, *, unit: str | None = None, **settings: str) -> LineScale:
    """Build the driver of a scale that sends by itself.

    Raises:
        ConfigurationError: a setting that the protocol does not have, or a word that it does not know.
    """
    return _scale(protocol(name, settings), device, unit=unit_named(unit), whole=False)


def asked(name: str, device: str, *, unit: str | None = None, **settings: str) -> PolledScale:
    """Build the driver of a scale that must be asked.

    Raises:
        ConfigurationError: as above, or the protocol cannot be asked.
    """
    built, asking = protocol(name, settings), SCALES[name].asking
    if callable(asking):
        asking = asking(**settings)
    if asking is None or not isinstance(built, PackedProtocol):
        raise ConfigurationError(f"{device}: {name} scales send by themselves: set no period for them")
    return PolledScale(device, built, asking, unit=unit_named(unit))


def decode(name: str, recording: bytes, settings: Mapping[str, str] | None = None) -> Weighing:
    """Tell what the last valid frame of a recording says, else why there is none.

    Raises:
        ConfigurationError: a protocol or a setting that does not exist.
    """
    rest = dict(settings or {})
    unit = unit_named(rest.pop("unit", None))
    weighing = last_weighing(_scale(protocol(name, rest), name, unit=unit, whole=True), recording)
    if weighing.weight is not None and weighing.unit is None:
        return replace(weighing, unit=unit)
    return weighing


def protocol(name: str, settings: Mapping[str, str]) -> LineProtocol:
    """Build a protocol with its settings.

    Raises:
        ConfigurationError: a protocol or a setting that does not exist.
    """
    if (entry := SCALES.get(name)) is None:
        raise ConfigurationError(f'there is no scale protocol "{name}": it is one of {", ".join(sorted(SCALES))}')
    if unknown := sorted(settings.keys() - entry.settings.keys()):
        known = ", ".join(["unit", *entry.settings])
        raise ConfigurationError(f"{name} has no setting {unknown[0]}: it has {known}")
    return entry.build(**settings)


def _scale(built: LineProtocol, device: str, *, unit: str | None, whole: bool) -> LineScale:
    if isinstance(built, PackedProtocol):
        return PackedScale(device, built, unit=unit, whole=whole)
    return LineScale(device, built, unit=unit)


def unit_named(name: str | None) -> str | None:
    """Give our name of a unit, whatever its letters' case.

    Raises:
        ConfigurationError: there is no such unit.
    """
    if name is None:
        return None
    if (unit := UNITS.get(name.lower())) is None:
        raise ConfigurationError(f'there is no unit "{name}": it is one of {", ".join(sorted(set(UNITS.values())))}')
    return unit
