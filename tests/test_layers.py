"""Each import-linter contract is tried with a violation: a contract that catches nothing protects nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "gateway", "drivers", "simulators")

VIOLATIONS = [
    # contract, module that must not, what it must not
    ("Packages import downwards only", "drivers/formats/wrong.py", "import gateway.runtime.clock.clock"),
    ("Packages import downwards only", "drivers/wrong.py", "import api"),
    ("Packages import downwards only", "gateway/wrong.py", "import api"),
    ("Inside gateway, imports run downwards only", "gateway/alarms/wrong.py", "import gateway.journal.journal"),
    ("Inside gateway, imports run downwards only", "gateway/haccp/rules/wrong.py", "import gateway.records.quality"),
    (
        "Inside gateway, imports run downwards only",
        "gateway/stock/commands/wrong.py",
        "import gateway.monitoring.kitchen",
    ),
    ("Inside gateway, imports run downwards only", "gateway/wrong.py", ""),
    ("No two rooms or files of gateway", "gateway/stock/ledger/wrong.py", "import gateway.stock.stores"),
    ("Inside drivers, imports run downwards only", "drivers/scales/wrong.py", "import drivers.registry"),
    ("Inside drivers, imports run downwards only", "drivers/scales/wrong.py", "import drivers.formats.senml"),
    ("Inside drivers, imports run downwards only", "drivers/values/wrong.py", "import drivers.formats.senml"),
    ("Inside drivers, imports run downwards only", "drivers/wrong.py", ""),
    ("No two rooms or files of drivers", "drivers/scales/common/wrong.py", "import drivers.scales.csv_st"),
    ("No two rooms or files of drivers", "drivers/formats/common/wrong.py", "import drivers.formats.tasmota"),
    ("Simulators import nothing of ours", "simulators/wrong.py", "import drivers.reading"),
    ("Simulators import nothing of ours", "simulators/wrong.py", "import gateway.runtime.clock.clock"),
    ("Nothing imports the simulators", "gateway/wrong.py", "import simulators"),
    ("Nothing imports the simulators", "api/wrong.py", "import simulators"),
    ("A protocol never opens", "drivers/scales/wrong.py", "import serial"),
    ("A protocol never opens", "drivers/probes/wrong.py", "from time import monotonic"),
    ("A protocol never opens", "drivers/formats/wrong.py", "import drivers.links"),
    (
        "A rule, an alarm or a stock movement never",
        "gateway/haccp/rules/wrong.py",
        "import gateway.runtime.clock.clock",
    ),
    ("A rule, an alarm or a stock movement never", "gateway/stock/ledger/wrong.py", "import sqlite3"),
    ("A rule, an alarm or a stock movement never", "gateway/messages/wrong.py", "import gateway.journal"),
    ("A rule, an alarm or a stock movement never", "gateway/haccp/models/wrong.py", "import urllib3"),
]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the packages' modules, to do wrong things in."""
    for package in PACKAGES:
        for module in (ROOT / package).rglob("*.py"):
            copy = tmp_path / module.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, copy)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(house: Path) -> list[str]:
    """The names of the contracts that do not hold there."""
    lint = Path(sys.executable).with_name("lint-imports")
    seen = subprocess.run([lint, "--no-cache"], cwd=house, capture_output=True, text=True, check=False)
    assert "Contracts:" in seen.stdout, seen.stdout + seen.stderr
    return [line.removesuffix(" BROKEN") for line in seen.stdout.splitlines() if line.endswith(" BROKEN")]


def test_the_house_as_it_stands_keeps_every_contract(house: Path) -> None:
    assert broken_contracts(house) == []


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_a_violation_breaks_the_contract_that_forbids_it(house: Path, contract: str, module: str, line: str) -> None:
    (house / module).write_text(line + "\n")
    assert any(name.startswith(contract) for name in broken_contracts(house))


def test_no_test_imports_another_test_file() -> None:
    """What tests share stands in a module of its own: a rig is no test."""
    importing = [
        str(test)
        for test in (ROOT / "tests").rglob("*.py")
        if re.search(r"^(from|import) test_", test.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert importing == []
