"""The chaos tests tell what they counted, whether they passed or not."""

import pytest
from chaos_report import BROKER, CLOCK, DISK, INFLUX, SHARE, Delivered, Finding, delivered_table, table, write_page

FINDINGS = pytest.StashKey[list[Finding]]()
DELIVERIES = pytest.StashKey[list[Delivered]]()
CHAOS_TESTS = {BROKER: 5, DISK: 5, CLOCK: 4}
"""Of each section of the page: it is written when all of them were run."""
DELIVERY_TESTS = 7


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> list[Finding]:
    """Where a test puts what a fault cost."""
    return request.config.stash.setdefault(FINDINGS, [])


@pytest.fixture
def deliveries(request: pytest.FixtureRequest) -> list[Delivered]:
    """Where a test puts what a fault cost on the way to InfluxDB."""
    return request.config.stash.setdefault(DELIVERIES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    to_write = exitstatus == 0 and SHARE == 1
    if found := config.stash.get(FINDINGS, []):
        terminalreporter.section("faults under load")
        terminalreporter.write(table(found))
    for section, tests in CHAOS_TESTS.items():
        of_section = [finding for finding in found if finding.section == section]
        if to_write and len(of_section) == tests:
            write_page(section, table(of_section))
    if delivered := config.stash.get(DELIVERIES, []):
        terminalreporter.section("faults on the way to InfluxDB")
        terminalreporter.write(delivered_table(delivered))
        if to_write and len(delivered) == DELIVERY_TESTS:
            write_page(INFLUX, delivered_table(delivered))
