"""The worked cases of `judge`, and what it answers to one."""

import json
from pathlib import Path
from typing import Any

from gateway.cli.offline.answer import answer
from gateway.haccp.limits.fields import Fields, parse

FOLDER = Path(__file__).parent / "gateway" / "cli" / "cases" / "judge"
CASES = [json.loads(line) for file in sorted(FOLDER.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]


def judge(case: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = json.loads(json.dumps(answer(Fields(parse(json.dumps(case).encode()), folder=FOLDER))))
    return answered
