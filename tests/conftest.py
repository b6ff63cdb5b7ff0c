import pytest

from .server import running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory, load_registry):
    """An Odoo server process with the addon, its own database and a postbox."""
    with running_server(tmp_path_factory.mktemp("server") / "odoo.log") as running:
        yield running
