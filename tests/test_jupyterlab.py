"""Lessons in a real JupyterLab, in a real browser and without a network: run, unfold, answer, play, draw."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest
from chromium import browser, complaints, foreign_requests, press

from helpers import data, explore, models
from tools.notebooks import NOTEBOOKS, ROOT, read_notebook

pytestmark = pytest.mark.gate
PORT = 8917
LAB, NOTEBOOK = "lab/tree", "notebooks"  # where the same server has JupyterLab, and Notebook 7
SETTINGS = (
    "--IdentityProvider.token=",
    "--ServerApp.password=",
    "--LabApp.news_url=None",
    "--LabApp.expose_app_in_browser=True",  # so that a test can tell it what to do
    "--allow-root",
    "--no-browser",
)
PLACES = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")
HARMLESS = ("beforeunload",)  # Chromium says that it did not ask before it left a page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Copies of lessons, below a folder where they find helpers, data and models."""
    place = tmp_path_factory.mktemp("lab")
    for name in ("helpers", "exercises", "data", "models"):
        (place / name).symlink_to(ROOT / name)
    for name in ("01_convolution_by_hand", "exercises/04_clothes_exercises"):
        nbformat.write(read_notebook(NOTEBOOKS / f"{name}.ipynb"), place / f"{name.split('/')[-1]}.ipynb")
    digit = read_notebook(NOTEBOOKS / "03_mnist_dense_to_convnet.ipynb")  # without its trainings
    digit.cells = [cell for cell in digit.cells if re.search(r"^(import|from) |^pad = ", cell.source, re.MULTILINE)]
    nbformat.write(digit, place / "digit.ipynb")
    (_, _), (clothes, _) = data.load_fashion_mnist()
    shown = explore.show(models.load("fashion_cnn"), clothes[:8, ..., None].astype("float32") / 255)._repr_html_()
    output = nbformat.v4.new_output("execute_result", {"text/html": shown}, execution_count=1)
    cell = nbformat.v4.new_code_cell("explore.show(model, images)", outputs=[output], execution_count=1)
    nbformat.write(_notebook([cell]), place / "explorer.ipynb")
    return place


def _notebook(cells):
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )


@pytest.fixture(scope="module")
def lab(folder):
    """A browser, and a server of JupyterLab that trusts the notebooks in the folder."""
    places = {name: str(folder / name) for name in PLACES}
    _set(folder / "JUPYTERLAB_SETTINGS_DIR/@jupyterlab/notebook-extension/tracker", {"windowingMode": "none"})
    settings = os.environ | places | {"FAST": "1"}
    notebooks = sorted(path.name for path in folder.glob("*.ipynb"))
    subprocess.run([sys.executable, "-m", "jupyter", "trust", *notebooks], cwd=folder, env=settings, check=True)
    command = [sys.executable, "-m", "jupyter", "lab", f"--port={PORT}", f"--ServerApp.root_dir={folder}", *SETTINGS]
    with browser() as page, (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=settings, stdout=log, stderr=log)
        try:
            _until(_answers, seconds=60)
            yield page
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(60)
            server.kill()


def _set(name, settings):
    """Write settings of JupyterLab; without a window of cells, all of them are on the page at once."""
    name.parent.mkdir(parents=True)
    name.with_suffix(".jupyterlab-settings").write_text(json.dumps(settings))


def _answers():
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api").status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.3)
    return found


def _open(lab, name, program=LAB):
    lab.get(f"http://127.0.0.1:{PORT}/{program}/{name}.ipynb?reset")
    _until(lambda: lab.find_elements("css selector", ".jp-Notebook .jp-Cell"), seconds=60)
    complaints(lab)


def _run_all(lab):
    """Run all cells to the end; none may fail."""
    _until(
        lambda: lab.execute_script(
            "return window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        ),
        60,
    )
    # Selenium hangs up after 120 seconds: so begin, and ask again and again.
    lab.execute_script(
        "window.ran = false; jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.ran = true })"
    )
    _until(lambda: lab.execute_script("return window.ran"), 600)
    cells = lab.execute_script("return jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells")
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]


def _quiet(lab):
    assert not foreign_requests(lab)
    assert not [text for text in complaints(lab) if not any(word in text for word in HARMLESS)]


@pytest.mark.parametrize("program", [LAB, NOTEBOOK])
def test_the_explorer_computes_in_a_cell(lab, program):
    _open(lab, "explorer", program)
    lab.switch_to.frame(_until(lambda: lab.find_elements("css selector", "iframe[title^=Explorer]"))[0])
    _until(lambda: lab.execute_script("return window.explorer && explorer.outputs !== null"))
    assert lab.execute_script("return explorer.engine.inWorker")
    lab.switch_to.default_content()
    _quiet(lab)


def test_a_quiz_is_answered(lab):
    _open(lab, "04_clothes_exercises")
    _run_all(lab)
    summaries = _until(lambda: lab.find_elements("css selector", ".jp-OutputArea details summary"))
    press(lab, summaries[0])
    assert "this one." in lab.find_element("css selector", ".jp-OutputArea details[open]").text
    _quiet(lab)


def test_a_folded_answer_opens_and_the_animation_plays(lab):
    _open(lab, "01_convolution_by_hand")
    assert _until(lambda: lab.find_elements("css selector", ".jp-Placeholder, .jp-OutputPlaceholder"))
    _run_all(lab)
    button = _until(lambda: lab.find_elements("css selector", '.animation button[title="Next frame"]'), seconds=60)[0]
    frame = lab.find_element("css selector", ".animation img")
    first = frame.get_attribute("src")
    press(lab, button)
    assert frame.get_attribute("src") != first
    _quiet(lab)


def test_a_digit_is_drawn(lab):
    _open(lab, "digit")
    _run_all(lab)
    pad = _until(lambda: lab.find_elements("css selector", "canvas[id^=pad-]"))[0]
    lab.execute_script(
        """const pad = arguments[0], frame = pad.getBoundingClientRect();
        for (const [kind, x] of [["pointerdown", 40], ["pointermove", 200], ["pointerup", 200]]) {
          pad.dispatchEvent(new PointerEvent(kind, {clientX: frame.left + x, clientY: frame.top + 90, bubbles: true}));
        }""",
        pad,
    )
    time.sleep(1)
    areas = lab.execute_script(
        "return [...document.querySelectorAll('textarea')].map((area) => area.value.slice(0, 22))"
    )
    assert "data:image/png;base64," in areas
    _quiet(lab)
