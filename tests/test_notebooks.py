"""Structure of the lessons: paired with their text, run in order, clean outputs, and set-up that works anywhere."""

import json
import re
import shutil
import subprocess
import sys
import warnings

import jupytext
import nbformat
import pytest
from conftest import ROOT
from jupytext.config import find_jupytext_configuration_file, load_jupytext_configuration_file

from helpers import VERSION
from tools import course, notebooks, sync
from tools.notebooks import BADGE, badge, chapters, setup_cell, stamped, text_of

CHAPTERS = chapters()
IDS = [path.stem for path in CHAPTERS]
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.])/(root|tmp|home|work|Users|usr|opt|mnt|content)/\w|site-packages|[A-Z]:\\\w")
NOISE = re.compile(r"Warning:|WARNING|Traceback|oneDNN|cuda_|Could not find")

EXERCISES = [path for path in CHAPTERS if path.parent == notebooks.EXERCISES]
LESSONS = [path for path in CHAPTERS if path not in EXERCISES]

every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=IDS)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
every_exercise_notebook = pytest.mark.parametrize("path", EXERCISES, ids=[path.stem for path in EXERCISES])


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def is_folded(cell):
    """Tell whether Jupyter shows a placeholder instead of the stored output."""
    return cell.metadata.get("jupyter", {}).get("outputs_hidden", False)


def text_outputs(cell):
    for output in cell.outputs:
        yield output.get("text", "")
        yield from (value for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


def test_each_text_has_its_notebook_and_the_other_way_round():
    texts = {*notebooks.SOURCE.rglob("*.py"), *notebooks.exercise_texts()}
    assert texts
    assert texts == {text_of(path) for path in CHAPTERS}
    assert {notebooks.notebook_of(text) for text in texts} == set(CHAPTERS)


@pytest.mark.packages
@every_chapter
def test_notebook_and_text_are_one(path):
    if path in EXERCISES:
        pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")
        from tools.exercises import learners

        text = learners(text_of(path))
    else:
        text = jupytext.read(text_of(path))
    notebook = read(path)
    in_notebook = [(cell.cell_type, cell.source, tags(cell), is_folded(cell)) for cell in notebook.cells]
    in_text = [(cell.cell_type, cell.source, tags(cell), is_folded(cell)) for cell in text.cells]
    assert in_notebook == in_text, "run `make sync`, then run the notebook and store its outputs"
    for key in ("accelerator", "colab"):
        assert notebook.metadata.get(key) == text.metadata.get(key)


@every_chapter
def test_every_cell_was_run_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@every_chapter
def test_outputs_are_clean(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source
        for text in text_outputs(cell):
            assert not PATH_OF_A_MACHINE.search(text), text
            assert not NOISE.search(text), text


@every_chapter
def test_a_notebook_stays_small(path):
    assert path.stat().st_size < 2_000_000


@every_chapter
def test_cells_are_short_and_lines_fit_the_screen(path):
    for cell in code_cells(path):
        if "setup" not in tags(cell):
            lines = cell.source.splitlines()
            assert len(lines) <= 18, cell.source
            assert max(map(len, lines)) <= 120, cell.source


def prose_of(path):
    return "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


@every_chapter
def test_what_follows_a_table_or_a_list_is_no_part_of_it(path):
    """Without an empty line, Markdown takes the next line as one more row, or as the end of the last point."""
    row = r"^\|.*\|\n[^|\n<].*"
    point = r"^(?:[-*] |\d+\. ).*\n(?:[ \t]+\S.*\n)*(?![-*] |\d+\. |[>#|<])\S.*"
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert not re.findall(f"{row}|{point}", cell.source, re.MULTILINE)


@every_lesson
def test_a_lesson_has_its_parts(path):
    prose = prose_of(path)
    title, *_ = prose.splitlines()
    assert re.match(rf"# {path.stem[:2]} · ", title)
    assert "After this chapter you can" in prose
    assert "**Time**" in prose
    assert prose.count("**Your prediction:**") >= 5
    assert "is folded away" in prose
    assert "What can go wrong" in prose
    learned = prose[prose.index("## What you learned") :]
    assert len(re.findall(r"^\d\. ", learned, re.MULTILINE)) == 5
    assert "**Next:**" in learned
    entries = {entry["notebook"]: entry for entry in course.course()["chapters"]}
    if "exercises" in entries.get(path.stem, {}):
        (exercises,) = re.findall(r"\*\*Exercises:\*\* \[\w+ exercises\]\((exercises/\w+\.ipynb)\)", learned)
        assert (path.parent / exercises).exists()
    assert re.search("[가-힣]", prose), "terms come with their Korean ones"
    assert sum("reached" in tags(cell) for cell in code_cells(path)) == 1


@every_lesson
def test_the_output_that_answers_a_question_is_folded(path):
    cells = read(path).cells
    for place, cell in enumerate(cells):
        if cell.cell_type == "markdown" and "**Your prediction:**" in cell.source:
            answer = next(cell for cell in cells[place + 1 :] if cell.cell_type == "code" and cell.outputs)
            assert is_folded(answer), f"the answer is open: {cell.source[-200:]}"


@every_lesson
def test_the_preview_of_a_folded_output_shows_nothing(path):
    """JupyterLab's getOutputPlaceholderText takes the first line that is not empty; a space is not empty to it."""
    for cell in code_cells(path):
        if is_folded(cell) and cell.outputs:
            first = cell.outputs[0]
            preview = first.text if first.output_type == "stream" else first.data.get("text/html", "<Figure")
            assert preview.startswith((" \n", "<Figure")), "run `make store`, or tools.run.without_previews"


@every_lesson
def test_no_output_is_folded_that_answers_no_question(path):
    asked = False  # in this section
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            section = re.split(r"^## ", cell.source, flags=re.MULTILINE)
            asked = "**Your " in section[-1] or (asked and len(section) == 1)
        else:
            assert asked or not is_folded(cell), cell.source


@every_exercise_notebook
def test_an_exercise_notebook_has_its_parts(path):
    prose = prose_of(path)
    assert re.match(rf"# Exercises {path.stem[:2]} · ", prose)
    assert re.search(rf"\.\./{path.stem[:2]}_\w+\.ipynb", prose), "the lesson that it belongs to"
    for part in ("**Time**", "**How to work**", "**Stuck?**", "## Warm-up", "## How far are you?", "**Next:**"):
        assert part in prose
    assert re.search("[가-힣]", prose), "terms come with their Korean ones"
    checks = [cell for cell in code_cells(path) if "check" in tags(cell)]
    assert 5 <= len(checks) <= 8
    assert len(re.findall(r"^## \d\. .+ \(\d points?\)$", prose, re.MULTILINE)) == len(checks)
    assert sum("answer" in tags(cell) for cell in code_cells(path)) == len(checks)
    assert code_cells(path)[-1].outputs[0].text == f"right so far: 0 of {len(checks)}\n"


@every_exercise_notebook
def test_jupyterlab_does_not_pair_an_exercise_with_its_text(path):
    """It would show the solutions, or write the notebook without them over the text."""
    for half in (path, text_of(path)):
        settings = load_jupytext_configuration_file(find_jupytext_configuration_file(str(half)))
        assert settings.default_formats(str(half)) is None


@every_exercise_notebook
def test_a_notebook_without_answers_says_so_of_each_exercise(path):
    for cell in code_cells(path):
        if "check" in tags(cell):
            (output,) = cell.outputs
            assert output.text.startswith("○ Not tried yet. ")


@every_exercise_notebook
def test_no_solution_is_in_a_learners_notebook(path):
    """Neither in a cell nor in an output: no line of a solution that is not given anyway."""
    text = text_of(path).read_text(encoding="utf-8")
    solved = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", text, re.DOTALL)
    rest = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", text, flags=re.DOTALL)
    given = {line.lstrip("# ").strip() for line in rest.splitlines()}
    lines = {line.strip() for part in solved for line in part.splitlines()} - given
    assert len(lines) >= len(solved)
    shown = path.read_text(encoding="utf-8").replace('\\"', '"')
    assert [line for line in lines if len(line) > 8 and line in shown] == []
    for marker in ("BEGIN SOLUTION", "HIDDEN TESTS", "nbgrader", ".grade("):
        assert marker not in shown


@every_chapter
def test_a_notebook_that_trains_or_visualises_a_network_asks_colab_for_a_gpu(path):
    if path in EXERCISES:
        needed = ".fit(" in text_of(path).read_text(encoding="utf-8")
    else:
        needed = "a GPU is not needed" not in read(path).cells[0].source.replace("A GPU", "a GPU")
    assert read(path).metadata.get("accelerator") == ("GPU" if needed else None), (
        'where course.toml does not say "A GPU is not needed", the text must have "accelerator: GPU" in its header'
    )


@every_chapter
def test_a_training_cell_is_not_compared_and_a_plain_one_is(path):
    cells = code_cells(path)
    for cell in cells:
        if ".fit(" in cell.source or "perf_counter" in cell.source or ("train_epoch(" in cell.source and cell.outputs):
            assert "nbval-ignore-output" in tags(cell), cell.source
    compared = [cell for cell in cells if "nbval-ignore-output" not in tags(cell) and cell.outputs]
    assert len(compared) >= (5 if path in EXERCISES else 8)


@every_chapter
def test_no_photograph_is_published(path):
    """Cells that show pictures of the reader's folder, or of CIFAR-10, are marked, and stored empty."""
    cifar10 = "load_cifar10" in path.read_text(encoding="utf-8")
    for cell in code_cells(path):
        shows = re.search(r"plots\.(images|probabilities|feature_maps|heat_maps)|imshow", cell.source)
        if shows and (cifar10 or re.search(r"\bfolder\b|validation_files", cell.source)):
            assert "photographs" in tags(cell), cell.source
        if "photographs" in tags(cell):
            assert "nbval-ignore-output" in tags(cell), cell.source
            assert not cell.outputs, cell.source


def test_the_sliders_of_chapter_01_show_a_picture():
    """No other check sees it: what widgets show is not among a cell's outputs."""
    state = read(notebooks.NOTEBOOKS / "01_convolution_by_hand.ipynb").metadata["widgets"]
    widgets = state["application/vnd.jupyter.widget-state+json"]["state"].values()
    shown = [output for widget in widgets for output in widget["state"].get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in shown)


def test_the_set_up_cell_has_at_most_eight_lines_and_comes_from_one_place():
    assert len(setup_cell("").splitlines()) <= 8
    for path in CHAPTERS:
        cells = [cell.source for cell in code_cells(path) if "setup" in tags(cell)]
        assert cells == [setup_cell(notebooks.repository())]


def test_a_lesson_without_set_up_cell_is_refused():
    with pytest.raises(ValueError, match="no set-up cell"):
        stamped("# %%\nx = 1\n", "", "notebooks/x.ipynb")


def test_stamping_twice_changes_nothing_and_taking_the_address_out_restores_the_text():
    text = text_of(CHAPTERS[0]).read_text(encoding="utf-8")
    address = "https://github.com/someone/course"
    published = stamped(text, address, "notebooks/x.ipynb")
    assert published != text
    assert published.count(f"colab.research.google.com/github/someone/course/blob/{VERSION}/notebooks/x.ipynb") == 1
    assert stamped(published, address, "notebooks/x.ipynb") == published
    assert stamped(published, "", "notebooks/x.ipynb") == text


@pytest.mark.parametrize("address", ["", "https://example.org/course.git"])
def test_no_button_where_colab_could_not_open_it(address):
    assert badge(address, "notebooks/x.ipynb") == ""


def test_while_unpublished_no_button_is_shown():
    if not notebooks.repository():
        for path in (ROOT / "README.md", *(text_of(path) for path in CHAPTERS)):
            assert not BADGE.search(path.read_text(encoding="utf-8"))


@pytest.fixture
def clone(tmp_path):
    """The repository as git would hand it out, with uncommitted edits, in a folder of its own."""
    target = tmp_path / "repository"
    keep = shutil.ignore_patterns(".venv", "build", ".git", ".*_cache", "__pycache__", "*images-idx3*")
    shutil.copytree(ROOT, target, ignore=keep)
    git = ["git", "-C", str(target), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "x"], check=True)
    return target


def test_a_folder_of_another_version_is_named(tmp_path):
    shutil.copytree(ROOT / "helpers", tmp_path / "helpers")
    init = tmp_path / "helpers" / "__init__.py"
    init.write_text(init.read_text().replace(f'VERSION = "{VERSION}"', 'VERSION = "v0.0.9"'))
    code = setup_cell("https://example.org/course.git")
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.stdout.startswith(f"This notebook is of version {VERSION}, but the course in {tmp_path} is v0.0.9")


def test_an_address_that_git_could_not_clone_is_refused_and_nothing_is_written():
    before = (ROOT / "pyproject.toml").read_bytes()
    for address in ("somewhere", 'https://x"y', "https://a b"):
        with pytest.raises(ValueError, match="REPOSITORY=https"):
            sync.publish(address)
    assert (ROOT / "pyproject.toml").read_bytes() == before


def test_unpublished_set_up_in_an_empty_folder_says_what_to_upload(tmp_path):
    run = subprocess.run([sys.executable, "-c", setup_cell("")], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode != 0
    assert "Upload the course's folders helpers, exercises, data and models" in run.stderr


@pytest.mark.parametrize("folder", [".", "notebooks", "notebooks/source", "data/mnist"])
def test_set_up_works_from_anywhere_in_the_repository(folder):
    code = setup_cell("") + "\nimport helpers; print(helpers.__file__)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT / folder, capture_output=True, text=True)
    assert run.stdout.strip() == str(ROOT / "helpers" / "__init__.py")


@pytest.mark.gate
def test_sync_brings_an_edit_into_the_notebook_keeps_its_outputs_and_then_has_nothing_to_do(clone):
    text = clone / "notebooks" / "source" / f"{CHAPTERS[0].stem}.py"
    notebook = clone / "notebooks" / CHAPTERS[0].name
    outputs = sum(len(cell.outputs) for cell in code_cells(notebook))
    text.write_text(text.read_text(encoding="utf-8").replace("# ## 1. ", "# ## 1. Changed: "), encoding="utf-8")
    run = subprocess.run([sys.executable, "-m", "tools.sync"], cwd=clone, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert any("## 1. Changed: " in cell.source for cell in read(notebook).cells)
    assert sum(len(cell.outputs) for cell in code_cells(notebook)) == outputs
    # Of the whole course only this chapter changed, so what was in step stayed as it was.
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True).stdout
    assert {line.split("/")[-1].split(".")[0] for line in changed.splitlines()} == {CHAPTERS[0].stem}


def test_helpers_import_no_notebook_no_test_and_no_tool():
    forbidden = re.compile(r"^\s*(from|import) (tests|tools|notebooks)", re.MULTILINE)
    for path in (ROOT / "helpers").rglob("*.py"):
        assert not forbidden.search(path.read_text(encoding="utf-8"))


def test_keras_is_imported_quietly_in_one_place():
    """Imported anywhere else first, TensorFlow would print its notes into a lesson."""
    loud = re.compile(r"^\s*(import keras|from keras)", re.MULTILINE)
    modules = [path for path in (ROOT / "helpers").rglob("*.py") if loud.search(path.read_text(encoding="utf-8"))]
    assert [path.name for path in modules] == ["quiet.py"]


# What other programs leave beside the notebooks, or make of them


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with one lesson and one notebook of exercises."""
    for name, folder in (("NOTEBOOKS", ""), ("SOURCE", "source"), ("EXERCISES", "exercises")):
        monkeypatch.setattr(notebooks, name, tmp_path / "notebooks" / folder)
        (tmp_path / "notebooks" / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(notebooks, "CHECKS", tmp_path / "checks")
    (tmp_path / "checks" / "chapter_01").mkdir(parents=True)
    (tmp_path / "notebooks/source/01_a_lesson.py").write_text("# %%\n1\n")
    for name in ("01_a_lesson.ipynb", "exercises/01_a_exercises.ipynb"):
        (tmp_path / "notebooks" / name).write_text("{}")
    return tmp_path / "notebooks"


@pytest.mark.parametrize("name", [
    "Untitled.ipynb", "01_a_lesson-Copy1.ipynb", "01_a_lesson (1).ipynb", "01_a_lesson copy.ipynb", "01_my_notes.ipynb",
    "exercises/01_a_exercises-Copy1.ipynb", "exercises/01_a_exercises (1).ipynb", "exercises/07_a_exercises.ipynb",
    "exercises/mine.ipynb", "mine/01_a_lesson.ipynb",
])  # fmt: skip
def test_a_reader_s_own_notebooks_are_none_of_the_course(elsewhere, name):
    (elsewhere / name).parent.mkdir(exist_ok=True)
    (elsewhere / name).write_text("")
    assert [path.name for path in notebooks.chapters()] == ["01_a_lesson.ipynb", "01_a_exercises.ipynb"]
    assert notebooks.strangers() == [elsewhere / name]


def test_checkpoints_are_not_even_spoken_of(elsewhere):
    for folder in (".ipynb_checkpoints", "exercises/.ipynb_checkpoints"):
        (elsewhere / folder).mkdir()
        (elsewhere / folder / "01_a_lesson-checkpoint.ipynb").write_text("")
    assert len(notebooks.chapters()) == 2
    assert not notebooks.strangers()


def saved(**changes):
    """A notebook as text."""
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1 +\n1", "outputs": [], "execution_count": None}
    content = {"cells": [cell | changes.pop("cell", {})], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    content |= changes
    for name in content.pop("without", ()):
        content["cells"][0].pop(name)
    return json.dumps(content)


@pytest.mark.parametrize("text", [
    saved(),
    saved(nbformat_minor=0, without=["id"], cell={"metadata": {"id": "x", "executionInfo": {"status": "ok"}}}),  # Colab
    saved(metadata={"kernelspec": {"name": "conda-base-py", "display_name": "base"}, "vscode": {}}),
    saved(cell={"source": "1 +\r\n1"}), saved(cell={"source": ["1 +\r\n", "1"]}),
    saved().replace("{", "{\r\n", 1), "\ufeff" + saved(),
    json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": "1 +\n1", "outputs": [], "language": "python",
                "metadata": {}, "collapsed": False}], "metadata": {}}], "metadata": {"name": "old"}, "nbformat": 3,
                "nbformat_minor": 0}),
])  # fmt: skip
def test_a_notebook_is_read_whatever_program_saved_it(tmp_path, text):
    (tmp_path / "a.ipynb").write_bytes(text.encode())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (cell,) = notebooks.read_notebook(tmp_path / "a.ipynb").cells
    assert cell.source == "1 +\n1"


@pytest.mark.parametrize("text", ["", saved()[:40], "[1, 2]", "{}", '"text"', "<html>404</html>"])
def test_what_is_no_notebook_is_named(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(ValueError, match=r"a\.ipynb is no notebook, or is damaged"):
        notebooks.read_notebook(tmp_path / "a.ipynb")
