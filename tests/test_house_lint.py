"""Odoo's own checks of code (its addon test_lint), held against our addons alone.

They are made to look at everything in the addons path, which takes minutes and is
not ours to put right: here they see our addons only, and what they merely log
counts as a finding, as it does on Odoo's own build.
"""

import logging
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from odoo.modules import Manifest
from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tests.common import get_db_name
from odoo.tools import config

from odoo.addons.test_lint.tests import (
    test_docstring,
    test_dunderinit,
    test_eslint,
    test_i18n,
    test_index,
    test_jstranslate,
    test_manifests,
    test_markers,
    test_naming,
    test_onchange_domains,
    test_orm_import,
    test_override_signatures,
    test_pofile,
    test_pylint,
    test_routes,
    test_test_holes,
)

ADDON = "complaint_management"
BRIDGES = ("complaint_management_stock", "complaint_management_repair")


@cache
def addons():
    """Return the bridges where they are installed; else the addon itself."""
    installed = Registry(get_db_name())._init_modules
    return [name for name in BRIDGES if name in installed] or [ADDON]


def manifests():
    return [Manifest.for_addon(name) for name in addons()]


class HouseCase:
    """Narrows a check of Odoo's to our addons."""

    @pytest.fixture(autouse=True)
    def only_this_addon(self, caplog):
        caplog.set_level(logging.WARNING, logger="odoo.addons.test_lint")
        with patch.object(Manifest, "all_addon_manifests", manifests):
            yield
        logged = [r.getMessage() for r in caplog.records if ADDON in r.getMessage()]
        assert not logged, "\n".join(logged)

    def setUp(self):
        super().setUp()
        self.findings = []

    @contextmanager
    def subTest(self, msg=None, **params):
        """Keep what is found in ours; forget what is found in others."""
        self._subtest = SimpleNamespace(params=params)
        try:
            yield
        except (AssertionError, TypeError, ValueError) as found:
            if self._is_ours(params):
                self.findings.append(f"{params}: {found}")

    def _is_ours(self, params):
        if "module" in params:
            return params["module"] in addons()
        model = Registry(get_db_name())[params["model"]]
        method = getattr(model, params["method"])
        return method.__module__.split(".")[2] in addons()

    def tearDown(self):
        super().tearDown()
        self.assertFalse(self.findings, "\n".join(self.findings))


@tagged("post_install", "-at_install")
class TestDocstring(HouseCase, test_docstring.TestDocstring):
    def test_docstring(self):
        with patch.object(test_docstring, "MODULES_TO_LINT", tuple(addons())):
            super().test_docstring()


@tagged("post_install", "-at_install")
class TestDunderInit(HouseCase, test_dunderinit.TestDunderinit):
    pass


@tagged("post_install", "-at_install")
class TestEslint(HouseCase, test_eslint.TestESLint):
    pass


@tagged("post_install", "-at_install")
class TestI18n(HouseCase, test_i18n.TestI18n):
    pass


@tagged("post_install", "-at_install")
class TestIndex(HouseCase, test_index.TestIndex):
    pass


@tagged("post_install", "-at_install")
class TestJsTranslations(HouseCase, test_jstranslate.TestJsTranslations):
    pass


@tagged("post_install", "-at_install")
class TestManifest(HouseCase, test_manifests.ManifestLinter):
    pass


@tagged("post_install", "-at_install")
class TestMarkers(HouseCase, test_markers.TestConflictMarkers):
    def test_conflict_markers(self):
        # Odoo's walks through all of Odoo.
        for extension in test_markers.EXTENSIONS:
            for path in self.iter_module_files(f"*{extension}", modules=addons()):
                self.check_file(path)


@tagged("post_install", "-at_install")
class TestNaming(HouseCase, test_naming.TestNaming):
    pass


@tagged("post_install", "-at_install")
class TestOnchangeDomains(HouseCase, test_onchange_domains.TestOnchangeDomains):
    pass


@tagged("post_install", "-at_install")
class TestOrmImport(HouseCase, test_orm_import.TestDunderinit):
    pass


@tagged("post_install", "-at_install")
class TestSignatures(HouseCase, test_override_signatures.TestLintOverrideSignatures):
    pass


@tagged("post_install", "-at_install")
class TestPoFiles(HouseCase, test_pofile.PotLinter):
    pass


@tagged("post_install", "-at_install")
class TestPylint(HouseCase, test_pylint.TestPyLint):
    def test_pylint(self):
        # Odoo's takes the whole of Odoo along: let that be ours, too.
        with patch.object(config, "root_path", manifests()[0].path):
            super().test_pylint()


@tagged("post_install", "-at_install")
class TestRoutes(HouseCase, test_routes.RoutesLinter):
    pass


@tagged("post_install", "-at_install")
class TestTestHoles(HouseCase, test_test_holes.TestTestHoles):
    pass
