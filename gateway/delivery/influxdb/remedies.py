"""Explain in one sentence what is wrong with an InfluxDB and what a person can do about it; never with a secret."""

from gateway.delivery.influxdb.access import InfluxSettings
from gateway.delivery.influxdb.decision import ServerAnswer
from gateway.delivery.influxdb.progress import SinkReason


def remedy(reason: SinkReason, answer: ServerAnswer, *, server: str, settings: InfluxSettings) -> str:
    """Return the sentence for the log, the health page and the system alarm."""
    status = f" ({answer.status})" if answer.status else ""
    words = f": {answer.text}" if answer.text else ""
    match reason:
        case SinkReason.REFUSED_CREDENTIALS:
            text = f"refused the {_credentials(settings)}{status}: check {_where(settings)}"
        case SinkReason.FORBIDDEN:
            text = f"does not let us write to {_target(settings)}{status}: grant it to {_holder(settings)}"
        case SinkReason.NOT_FOUND:
            text = f"has no {_target(settings)}{status}{words}; {_create(settings)}"
        case SinkReason.REFUSES_ALL:
            text = f"takes nothing at all{status}{words}; check delivery.influxdb and the server's own log"
        case SinkReason.SECRET_MISSING:
            text = f"is not asked{words}"
        case SinkReason.UNREACHABLE:
            text = f"cannot be reached{words}; readings wait in the journal"
        case SinkReason.SERVER_ERROR:
            text = f"failed{status}{words}; readings wait in the journal"
    return f"InfluxDB at {server} {text}"


def _holder(settings: InfluxSettings) -> str:
    return f"user {settings.username}" if settings.api == "v1" else f"the token of {_where(settings)}"


def _credentials(settings: InfluxSettings) -> str:
    return "password" if settings.api == "v1" else "token"


def _where(settings: InfluxSettings) -> str:
    kind = _credentials(settings)
    variable = settings.password_env if settings.api == "v1" else settings.token_env
    path = settings.password_file if settings.api == "v1" else settings.token_file
    if variable:
        return f"delivery.influxdb.{kind}_env ({variable})"
    if path:
        return f"delivery.influxdb.{kind}_file ({path})"
    return f"delivery.influxdb: it names neither {kind}_file nor {kind}_env"


def _target(settings: InfluxSettings) -> str:
    return f"database {settings.database}" if settings.api == "v1" else f"bucket {settings.bucket}"


def _create(settings: InfluxSettings) -> str:
    if settings.api == "v1":
        return f'create it (CREATE DATABASE "{settings.database}") or correct delivery.influxdb.database'
    return "create it or correct bucket and org; InfluxDB before 1.8 needs delivery.influxdb.api: v1"
