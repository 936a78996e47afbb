"""The reference of bench.latest and bench.start: an app with one route that returns so many bytes that never change.

python -m bench.constant_app PORT BYTES
"""

import sys

import uvicorn
from fastapi import FastAPI, Response


def app(size: int) -> FastAPI:
    body = b"x" * size
    made = FastAPI()

    @made.get("/api/readings")
    async def readings() -> Response:
        return Response(body, media_type="application/json")

    return made


if __name__ == "__main__":
    uvicorn.run(app(int(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
