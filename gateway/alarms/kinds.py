"""Name the kinds, levels and priorities of alarms (pure)."""

from enum import StrEnum


class AlarmKind(StrEnum):
    """What an alarm is about, in one word."""

    LIMIT = "limit"
    STALE = "stale"
    BATCH = "batch"
    STOCK = "stock"
    SYSTEM = "system"


class AlarmLevel(StrEnum):
    """Which condition of its subject an alarm is about; of the gateway itself it is a SystemKind."""

    CRITICAL = "critical"
    WARNING = "warning"
    STALE = "stale"
    BATCHES_FAIL = "batches_fail"
    LOW_STOCK = "low_stock"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    DRIFT = "drift"


class SystemKind(StrEnum):
    """What can be wrong with the gateway itself."""

    RECORDING_LOST = "recording_lost"
    BROKER_LOST = "broker_lost"
    INFLUXDB_REFUSED = "influxdb_refused"
    JOURNAL_CORRUPT = "journal_corrupt"
    LOG_LARGE = "log_large"
    GATEWAY_WAS_OFF = "gateway_was_off"
    SENSORS_SWAPPED = "sensors_swapped"
    CHECKS_DUE = "checks_due"
    CERTIFICATES_DUE = "certificates_due"
    CLOCK_JUMPED = "clock_jumped"


NOTICES = frozenset({SystemKind.CHECKS_DUE, SystemKind.CERTIFICATES_DUE})
"""They stand for days, and nothing of the gateway is out of order."""

Level = AlarmLevel | SystemKind


class AlarmPriority(StrEnum):
    """ISA-18.2: few priorities, by what happens if nobody acts."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


PRIORITY: dict[Level, AlarmPriority] = {
    AlarmLevel.CRITICAL: AlarmPriority.HIGH,
    AlarmLevel.WARNING: AlarmPriority.MEDIUM,
    AlarmLevel.STALE: AlarmPriority.HIGH,  # as high as the limit that nobody watches meanwhile
    AlarmLevel.BATCHES_FAIL: AlarmPriority.HIGH,
    AlarmLevel.LOW_STOCK: AlarmPriority.MEDIUM,
    AlarmLevel.EXPIRING: AlarmPriority.MEDIUM,
    AlarmLevel.EXPIRED: AlarmPriority.HIGH,  # it may be cooked this morning; the others leave a day
    AlarmLevel.DRIFT: AlarmPriority.LOW,
    SystemKind.RECORDING_LOST: AlarmPriority.HIGH,
    SystemKind.BROKER_LOST: AlarmPriority.HIGH,
    SystemKind.INFLUXDB_REFUSED: AlarmPriority.LOW,
    SystemKind.JOURNAL_CORRUPT: AlarmPriority.HIGH,
    SystemKind.LOG_LARGE: AlarmPriority.MEDIUM,
    SystemKind.GATEWAY_WAS_OFF: AlarmPriority.HIGH,
    SystemKind.SENSORS_SWAPPED: AlarmPriority.MEDIUM,
    SystemKind.CHECKS_DUE: AlarmPriority.LOW,
    SystemKind.CERTIFICATES_DUE: AlarmPriority.LOW,
    SystemKind.CLOCK_JUMPED: AlarmPriority.HIGH,
}

LEVELS: dict[str, Level] = {level.value: level for level in PRIORITY}
"""Every level by its name."""
