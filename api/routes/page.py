"""The page and its words: GET /, the files beside it, GET /api/messages/{lang}.json."""

from fastapi import APIRouter, Request, Response

from api.assets import folder
from api.assets import words as all_words
from api.errors import NotFoundError
from api.routes.answers import REFUSED


def router() -> APIRouter:
    """Routes over the files of api/web and the words of both languages."""
    routes = APIRouter()
    page, words = folder("web"), all_words()

    @routes.get("/api/messages/{name}", responses=REFUSED)
    async def messages(name: str, request: Request) -> Response:
        if name not in words:
            raise NotFoundError(f"There are no words {name}; there are {', '.join(sorted(words))}.")
        return words[name].answer(request)

    @routes.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def index(request: Request) -> Response:
        return page["index.html"].answer(request)

    @routes.api_route("/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def file(name: str, request: Request) -> Response:
        if name not in page:
            raise NotFoundError(f"There is no page {name}; the board is at /.")
        return page[name].answer(request)

    return routes
