"""A class on JupyterHub, as TEACHING.md sets it up: a teacher and two students, from the release to the feedback.

The hub runs on a copy of this machine. Pictures of all steps go to build/screens/hub/.
"""

import csv
import datetime
import re
import shutil
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request

import pytest
from chromium import browser, press
from conftest import ROOT
from machine import machine

pytest.importorskip("jupyterhub", reason="JupyterHub is not installed: make .venv/.hub")

from test_classroom import ASSIGNMENT, solutions

pytestmark = pytest.mark.gate
HUB = "http://127.0.0.1:8000"
PASSWORD = "secret"
SCREENS = ROOT / "build/screens/hub"
NEEDED = ("npm", "git", "bwrap")
# For what a test cannot do as TEACHING says, or need not do again: Debian's programs and the environment are here.
STAND_INS = f"""
apt-get() {{ case "$*" in *postgresql) service postgresql start;; esac }}
python3() {{ ln -s {sys.prefix} /opt/convnets; }}
git() {{ cp -r /tmp/course course; }}
passwd() {{ echo "$1:{PASSWORD}" | chpasswd; }}
jupyterhub() {{ (cd /; setsid /opt/convnets/bin/jupyterhub "$@" >/var/log/jupyterhub.log 2>&1 </dev/null &) }}
"""
# So that all users may read this Python and the course, wherever they are, and a test can tell JupyterLab what to do.
BEFORE = f"""
for place in {sys.prefix} {sys.base_prefix}; do
    while [ $place != / ]; do chmod a+rx $place; place=$(dirname $place); done
done
cd {ROOT}
mkdir /tmp/course
git -c safe.directory={ROOT} ls-files -z | xargs -0 cp --parents --target-directory /tmp/course
mkdir -p /etc/jupyter
echo 'c.LabApp.expose_app_in_browser = True' > /etc/jupyter/jupyter_server_config.py
mkdir -p {sys.prefix}/share/jupyter/lab/settings
echo '{{"@jupyterlab/apputils-extension:notification": {{"fetchNews": "false"}}}}' \\
    > {sys.prefix}/share/jupyter/lab/settings/overrides.json
"""


def blocks(heading):
    """(user, commands) for each block under a heading of TEACHING.md."""
    text = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    page = re.search(rf"^#+ {heading}\n(.+?)^##", text, re.MULTILINE | re.DOTALL)[1]
    codes = [textwrap.dedent(code) for code in re.findall(r"^ *```\n(.+?)^ *```$", page, re.MULTILINE | re.DOTALL)]
    return [(re.match(r"# as (\w+)", code)[1], code) for code in codes]


@pytest.fixture(scope="module")
def hub():
    """The machine on which the hub runs, set up word by word."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}; see TEACHING.md, JupyterHub")
    if subprocess.run(["npm", "view", "configurable-http-proxy", "version"], capture_output=True).returncode:
        pytest.skip("npm cannot reach a registry from here")
    assert not _answers(), f"there is another hub at {HUB}"
    with machine() as copy:
        copy.run(BEFORE)
        for user, commands in blocks("JupyterHub"):
            copy.run(STAND_INS + commands, user)
        _until(_answers)
        yield copy


def _answers():
    try:
        return urllib.request.urlopen(f"{HUB}/hub/api").status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _until(condition, seconds=180):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.3)
    return found


FIND = """return [...document.querySelectorAll(arguments[0])].find(
  (element) => element.checkVisibility() && element.innerText.includes(arguments[1]));"""


class Visitor:
    """Somebody in front of a browser, who has come in by name and password."""

    def __init__(self, page, name):
        self.page, self.name = page, name
        page.execute_cdp_cmd("Network.clearBrowserCookies", {})
        page.get(HUB)
        self.find("#username_input").send_keys(name)
        self.find("#password_input").send_keys(PASSWORD)
        self.find("#login_submit").click()
        _until(lambda: f"/user/{name}/lab" in page.current_url)

    def find(self, selector, text=""):
        """Wait for an element that is seen and holds this text."""
        return _until(lambda: self.page.execute_script(FIND, selector, text))

    def press(self, selector, text=""):
        press(self.page, self.find(selector, text))

    def show(self, what):
        """Keep a picture of what is on the screen."""
        time.sleep(0.5)  # for what fades in
        SCREENS.mkdir(parents=True, exist_ok=True)
        number = len(list(SCREENS.glob("*.png"))) + 1
        self.page.save_screenshot(str(SCREENS / f"{number:02} {self.name} {what}.png"))

    def go(self, place):
        self.page.get(f"{HUB}/user/{self.name}/{place}")

    def tell(self, command):
        """Have JupyterLab do something, and wait until it is done."""
        self.page.set_script_timeout(300)
        self.page.execute_async_script(f"jupyterapp.commands.execute('{command}').then(arguments[0], arguments[0])")

    def open_notebook(self, path):
        self.go(f"lab/tree/{path}?reset")
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        _until(lambda: self.page.execute_script(f"return {kernel}?.status === 'idle'"))

    def choose(self, item):
        """Take an item of the menu Nbgrader."""
        self.find(".lm-MenuBar-itemLabel", "Nbgrader").click()
        self.find(".lm-Menu-itemLabel", item).click()

    # In the list of assignments, as a student

    def open_list(self):
        self.go("lab?reset")
        self.choose("Assignment List")

    # In the formgrader, as a teacher

    def assignment(self, column):
        """Press the symbol in a column of the table of assignments, and wait until it is done."""
        self.go("formgrader/manage_assignments")
        self.press(f"tr:has([data-order='{ASSIGNMENT}']) .{column} a")

    def succeed(self, what):
        """Read the message that something went well. Returns it."""
        message = self.find(".modal.in", "OK").get_property("innerText")
        assert "Success" in message, message
        self.show(what)
        return message


@pytest.fixture(scope="module")
def window():
    shutil.rmtree(SCREENS, ignore_errors=True)
    with browser() as page:
        yield page


QUESTION = "**In your own words.** Why does a convolution have fewer weights than a dense layer? (2 points)"
WRITE = """const cells = jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
for (const [name, text] of Object.entries(arguments[0])) {
  cells.find((cell) => cell.getMetadata('nbgrader')?.grade_id === name).setSource(text);
}"""
ADD = """const notebook = jupyterapp.shell.currentWidget.content;
notebook.activeCellIndex = notebook.widgets.length - 1;"""
CHANGE = """arguments[0].value = arguments[1];
for (const kind of ["input", "change"]) arguments[0].dispatchEvent(new Event(kind, {bubbles: true}));"""
LOOK_ROUND = """
import pathlib
print("seen from the jail:", [*pathlib.Path("/home").glob("*")], [*pathlib.Path("/srv").glob("*")])
"""
NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"


def add_an_open_question(teacher):
    """As TEACHING says: with nbgrader's panel, a cell at the end that is graded by hand."""
    teacher.open_notebook(f"convnets/source/{NOTEBOOK}")
    teacher.page.execute_script(ADD)
    teacher.tell("notebook:insert-cell-below")
    teacher.tell("notebook:change-cell-to-markdown")
    teacher.page.execute_script(f"{ADD} notebook.activeCell.model.sharedModel.setSource(arguments[0])", QUESTION)
    teacher.tell("nbgrader:open-create-assignment")
    cell = ".nbgrader-CellWidget:last-of-type"
    for place, value in (
        (f"{cell} select", "manual"),
        (f"{cell} .nbgrader-CellId input", "open"),
        (f"{cell} .nbgrader-CellPoints input", "2"),
    ):
        teacher.page.execute_script(CHANGE, teacher.find(place), value)
    teacher.tell("docmanager:save")
    teacher.show("adds an open question")


def set_deadline(teacher, moment):
    teacher.assignment("edit")
    teacher.page.execute_script(CHANGE, teacher.find(".modal-duedate"), f"{moment:%Y-%m-%dT%H:%M:%S}")
    teacher.show("sets the deadline")
    teacher.press(".modal button", "Save")
    teacher.find(f"tr:has([data-order='{ASSIGNMENT}']) .duedate", f"{moment:%Y-%m-%d %H:%M}")


def fetch(student):
    student.open_list()
    student.find("#released_assignments_list button", "Fetch")
    student.show("sees what is released")
    student.press("#released_assignments_list button", "Fetch")
    student.find("#fetched_assignments_list button", "Submit")


def work(student, answers):
    student.open_notebook(NOTEBOOK)
    student.page.execute_script(WRITE, answers)
    student.tell("notebook:run-all-cells")
    student.tell("docmanager:save")
    student.show("works")


def validate(student):
    """Press the button Validate of JupyterLab. Returns what it says."""
    student.press(".validate-button")
    words = student.find(".jp-Dialog", "Validation Results").text
    student.show("validates")
    student.press(".jp-Dialog button", "Ok")
    return words


def submit(student):
    student.open_list()
    student.press("#fetched_assignments_list button", "Submit")
    student.find("#submitted_assignments_list .list_item", ASSIGNMENT)
    student.show("has submitted")


def autograde(teacher, student):
    """Returns the log."""
    teacher.go(f"formgrader/manage_submissions/{ASSIGNMENT}")
    teacher.press(f"tr:has([data-order='{student}']) .autograde a")
    return teacher.succeed(f"has autograded {student}")


def grade_by_hand(teacher, student, points, comment):
    teacher.go(f"formgrader/manage_students/{student}/{ASSIGNMENT}")
    teacher.press("#main-table .name a", ASSIGNMENT)
    _until(lambda: teacher.page.execute_script("return formgrader.grades?.loaded && formgrader.comments?.loaded"))
    for place, value in (("#open-comment", comment), ("#open", points)):
        teacher.page.execute_script(f"{CHANGE} arguments[0].scrollIntoView()", teacher.find(place), value)
    teacher.show(f"grades {student} by hand")
    teacher.go(f"formgrader/manage_submissions/{ASSIGNMENT}")
    teacher.find(f"tr:has([data-order='{student}']) .status", "graded")


def read_feedback(student):
    """Fetch the feedback and open it. Returns its words."""
    student.open_list()
    student.press("#submitted_assignments_list button", "Fetch Feedback")
    student.press("#submitted_assignments_list a", "view feedback")
    file = student.find(".jp-DirListing-item", f"{ASSIGNMENT}.html")
    student.page.execute_script("arguments[0].dispatchEvent(new MouseEvent('dblclick', {bubbles: true}))", file)
    student.page.switch_to.frame(student.find("iframe"))
    words = student.find("body", "Score").get_property("innerText")
    student.page.switch_to.default_content()
    student.show("reads the feedback")
    return words


def test_an_assignment_from_its_release_to_the_feedback(hub, window):
    hub.run('sed -i \'s/penalty_method = "none"/penalty_method = "zero"/\' ~/convnets/nbgrader_config.py', "teacher")
    now, week = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=7)
    teacher = Visitor(window, "teacher")
    add_an_open_question(teacher)
    set_deadline(teacher, now + week)
    for column in ("assign", "release"):
        teacher.assignment(column)
        teacher.succeed(f"presses {column}")

    ann = Visitor(window, "ann")
    fetch(ann)
    work(ann, solutions(*range(1, 8)) | {"open": "Because each window shares the same nine."})
    assert "check.ex8(max_pool)" in validate(ann)
    work(ann, solutions(8))
    assert "Your notebook passes all the tests" in validate(ann)
    submit(ann)

    set_deadline(Visitor(window, "teacher"), datetime.datetime.now(datetime.UTC))  # so that nobody waits for a week
    bob = Visitor(window, "bob")
    fetch(bob)
    work(bob, solutions(1, 2, 3) | {"ex4-answer": LOOK_ROUND, "open": "It is faster."})
    submit(bob)

    teacher = Visitor(window, "teacher")
    teacher.assignment("collect")
    assert "2 submissions" in teacher.succeed("collects")
    for student, points, comment in (("ann", 2, "Well said."), ("bob", 1, "Why is it?")):
        assert "NO JAIL" not in autograde(teacher, student)
        grade_by_hand(teacher, student, points, comment)
    for column in ("generate-feedback", "release-feedback"):
        teacher.assignment(column)
        teacher.succeed(f"presses {column}")

    words = read_feedback(Visitor(window, "ann"))
    assert "(Score: 13.0 / 13.0)" in words
    assert "Well said." in words
    words = read_feedback(Visitor(window, "bob"))
    assert "(Score: 0.0 / 13.0)" in words
    assert "Written response (Score: 1.0 / 2.0)" in words
    assert "Late submission penalty (Score: -4.0)" in words
    assert "seen from the jail: [] []" in words


@pytest.mark.parametrize("place", ["/home/teacher", "/home/ann", "/srv/exchange/convnets/inbound", "/etc/jupyterhub"])
def test_a_student_cannot_read_what_is_not_theirs(hub, place):
    with pytest.raises(AssertionError, match="Permission denied"):
        hub.run(f"ls {place}", "bob")


def test_postgresql_keeps_the_grades_as_well(hub):
    """The same hand-ins, graded by two workers at a time."""
    if not shutil.which("pg_lsclusters"):
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    for user, commands in blocks("Grades in PostgreSQL"):
        hub.run(STAND_INS + commands, user)
    grade = f"""
    cd convnets
    mv gradebook.db before.db
    rm -rf autograded
    export PATH=/opt/convnets/bin:$PATH
    nbgrader generate_assignment --force {ASSIGNMENT}
    (cd ~/course && python -m tools.classroom --folder ~/convnets grade {ASSIGNMENT} --workers 2)
    nbgrader export
    ls
    cat grades.csv
    """
    printed = hub.run(grade, "teacher")
    assert "gradebook.db" not in printed
    table = printed[printed.index("assignment,duedate") :].splitlines()
    assert {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(table)} == {"ann": 11, "bob": 3}
