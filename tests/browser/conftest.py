"""A browser for the tests that look at what is shown. They run only where they are asked for: `pytest -m browser`."""

import os
import shutil

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: opens what is shown in Chromium, which must be installed")


def pytest_collection_modifyitems(config, items):
    if "browser" not in (config.option.markexpr or ""):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="a browser is asked for with -m browser"))


@pytest.fixture(scope="session")
def chromium():
    """Chromium without a window: the one that CHAINRULE_CHROMIUM names, the system's, or Playwright's own."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = os.environ.get("CHAINRULE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
