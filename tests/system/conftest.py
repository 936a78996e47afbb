"""The chaos tests tell what they counted, whether they passed or not."""

import pytest
from chaos_report import SHARE, Finding, table, write_page

FINDINGS = pytest.StashKey[list[Finding]]()
CHAOS_TESTS = 5


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
    if exitstatus == 0 and SHARE == 1 and len(found) == CHAOS_TESTS:
        write_page(found)
