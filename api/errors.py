"""What can go wrong between a request and its answer; every error leaves as {"error", "message"}.

    ApiError
    ├── BadRequestError         the caller's words cannot be understood
    ├── NotFoundError           there is no such alarm, point, item or page
    ├── NotAllowedError         it exists, but not in a state in which this can be done
    ├── GatewayAwayError        the gateway does not answer: start it, then ask again
    ├── JournalUnreadableError  the file of history is missing, locked or damaged
    └── HistoryAwayError        what the journal has no more is in InfluxDB, and that does not answer

The message is one sentence that says what is wrong and what to do about it.
"""

from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException


class ApiError(Exception):
    """Root of this package's errors. `error` is one stable word for programs."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    error = "internal"

    def __init__(self, message: str, *, error: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error = error or self.error


class BadRequestError(ApiError):
    """The request is not one that we understand."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    error = "bad_request"


class NotFoundError(ApiError):
    """Nothing has that name."""

    status = HTTPStatus.NOT_FOUND
    error = "not_found"


class NotAllowedError(ApiError):
    """It cannot be done in the present state."""

    status = HTTPStatus.CONFLICT
    error = "not_allowed"


class GatewayAwayError(ApiError):
    """The gateway process does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    error = "gateway_away"


class JournalUnreadableError(ApiError):
    """The journal file cannot be read."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    error = "journal_unreadable"


class HistoryAwayError(ApiError):
    """InfluxDB cannot be asked for what is older than the journal."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    error = "history_away"


def answer(status: int, error: str, message: str) -> Response:
    """The one shape of an error."""
    body = msgspec.json.encode({"error": error, "message": message})
    return Response(body, status_code=status, media_type="application/json")


def install(app: FastAPI) -> None:
    """Make every error of `app` leave in the one shape."""

    @app.exception_handler(ApiError)
    async def _ours(_: Request, error: ApiError) -> Response:
        return answer(error.status, error.error, error.message)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        return answer(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request", _sentence(error))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        text = f"{request.method} {request.url.path}: {error.detail}; /api/openapi.json lists what there is."
        word = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        return answer(error.status_code, word, text)

    @app.exception_handler(Exception)
    async def _unforeseen(_: Request, __: Exception) -> Response:
        text = "The API failed at this request; its log has the reason. The gateway goes on recording."
        return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", text)


def _sentence(error: RequestValidationError) -> str:
    faults = (f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
    return "; ".join(faults) + "."
