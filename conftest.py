"""For pytest: a browser gets time to start, and tours do not skip themselves."""

import pytest

from odoo.tests import common

# Odoo gives up on Chromium after ten seconds, which a busy machine may need.
common.BROWSER_WAIT = 60


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A browser test that Odoo skips, as no browser starts, has failed."""
    report = yield
    if report.skipped and isinstance(item.instance, common.HttpCase):
        reason = str(report.longrepr).lower()
        if "chrome" in reason or "websocket" in reason:
            report.outcome = "failed"
    return report
