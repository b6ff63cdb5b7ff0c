"""For pytest: what a busy machine needs, and tours that do not skip themselves."""

import os
import shutil
from pathlib import Path

import pytest

from odoo.tests import common
from odoo.tools import config

# Odoo gives up on Chromium after ten seconds, which a busy machine may need.
common.BROWSER_WAIT = 60


@pytest.fixture(scope="session", autouse=True)
def own_files(load_registry):
    """Give each worker files of its own, as Odoo clears away what a database lacks."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    shared = config.filestore.return_value  # put there by pytest-odoo
    own = Path(config["data_dir"], "filestore", common.get_db_name())
    shutil.copytree(shared, own, dirs_exist_ok=True)
    config.filestore.return_value = str(own)
    yield
    config.filestore.return_value = shared
    shutil.rmtree(own)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A browser test that Odoo skips, as no browser starts, has failed."""
    report = yield
    if report.skipped and isinstance(item.instance, common.HttpCase):
        reason = str(report.longrepr).lower()
        if "chrome" in reason or "websocket" in reason:
            report.outcome = "failed"
    return report
