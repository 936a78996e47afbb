"""The chaos tests tell what they counted, whether they passed or not."""

import pytest
from chaos_report import BROKER, DISK, SHARE, Finding, table, write_page

FINDINGS = pytest.StashKey[list[Finding]]()
CHAOS_TESTS = {BROKER: 5, DISK: 5}
"""Of each section of the page: it is written when all of them were run."""


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> list[Finding]:
    """Where a test puts what a fault cost."""
    return request.config.stash.setdefault(FINDINGS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    found = config.stash.get(FINDINGS, [])
    if not found:
        return
    terminalreporter.section("faults under load")
    terminalreporter.write(table(found))
    for section, tests in CHAOS_TESTS.items():
        of_section = [finding for finding in found if finding.section == section]
        if exitstatus == 0 and SHARE == 1 and len(of_section) == tests:
            write_page(section, of_section)
