"""A real browser for the tests of the explorer and of the site; where there is none, they are skipped and say so."""

import contextlib
import json
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOME = (
    "file:",
    "data:",
    "blob:",
    "chrome:",
    "about:",
    "http://localhost",
    "http://127.0.0.1",
    "ws://localhost",
    "ws://127.0.0.1",
)


@contextlib.contextmanager
def browser(width: int = 1400, height: int = 1000):
    """Start Chromium without a window; a telephone for a width below 500."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: make .venv/.site")
    program, driver = next(filter(None, map(shutil.which, NAMES)), None), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no Chromium here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    page = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    page.set_script_timeout(120)
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        yield page
    finally:
        page.quit()


def prefer(page, scheme: str) -> None:
    """Make the reader one who prefers light or dark pages."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def complaints(page) -> list[str]:
    """Errors in the console since the last call."""
    return [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]


def foreign_requests(page) -> list[str]:
    """Addresses on other hosts that the page has asked for since the last call."""
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    return [address for address in asked if not address.startswith(HOME)]


def press(page, element) -> None:
    """Click on an element, wherever it stands: pages that scroll smoothly are not there yet when a real click comes."""
    page.execute_script("arguments[0].click()", element)
