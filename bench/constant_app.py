"""Serve one route that returns constant bytes: the reference of bench.latest and bench.start.

python -m bench.constant_app PORT BYTES
"""

import sys

import uvicorn
from fastapi import FastAPI, Response


def constant_app(size: int) -> FastAPI:
    body = b"x" * size
    app = FastAPI()

    @app.get("/api/readings")
    async def readings() -> Response:
        return Response(body, media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(
        constant_app(int(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False
    )
