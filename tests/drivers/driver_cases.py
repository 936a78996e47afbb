"""Cases are data: cases/<protocol>.jsonl has one object a line, with a name and a source."""

import json
from pathlib import Path

import pytest

from drivers.reading import Quality, Reading

WORDS = {Quality.GOOD: "good", Quality.UNCERTAIN: "suspect", Quality.BAD: "fault"}
FOLDER = Path(__file__).parent / "cases"


def cases(protocol: str) -> pytest.MarkDecorator:
    """Run the test once for each case of a protocol, as its argument `case`."""
    lines = (FOLDER / f"{protocol}.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return pytest.mark.parametrize("case", found, ids=[case["name"] for case in found])


def shown(reading: Reading) -> dict[str, object]:
    """A reading as a case expects it: `quality` and `reason` only when it is not good."""
    told = {"sensor": reading.sensor, "quantity": reading.quantity, "value": reading.value}
    if reading.quality is not Quality.GOOD:
        told |= {"quality": WORDS[reading.quality], "reason": reading.reason}
    return told
