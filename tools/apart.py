"""Grades a notebook apart from its code: it runs in a jail, and what its answers return is judged out here.

Named in the course's nbgrader_config.py, in the place of nbgrader's own preprocessor that runs notebooks. Nothing that
a notebook does in its own process, such as to replace the checks, reaches the judges.
"""

import importlib
import os
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat.v4 import new_output
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, is_locked
from traitlets import Integer

from exercises.exercise import DRAWS, RIGHT, WRONG, Exercise, Verdict
from helpers.language import say
from tools import jail
from tools.conversation import Answers
from tools.notebooks import language_of

CHECK = re.compile(r"^check\.ex(\d+)(?:\.grade)?\((\w+)\)$|^### (?:BEGIN|END) HIDDEN TESTS$")
# What shows a learner something: HTML that would be taken out, and how many checks were right; none has run in there.
FOR_LEARNERS = re.compile(r"^(quiz|progress)\(")
SERVE = "from exercises.answering import serve; serve(globals(), {address!r})"
OUTPUT = 200_000  # characters that a cell may print; a page of feedback must open in a browser
SECONDS_TO_STOP = 10


class GradeApart(Execute):
    """Runs the cells of a notebook in a jail; in the place of a check cell its exercise is judged in this process."""

    seconds_in_all = Integer(900, help="Seconds for all cells of a notebook together.").tag(config=True)

    def __init__(self, **options):
        super().__init__(**options | {"kernel_manager_class": jail.JailedKernelManager})
        self._chapter: ModuleType | None = None
        self._harmless = SanitizeHTML()
        self._ended = ""  # why no more cells run
        self._end = 0.0  # when none may begin any more
        self._printed = 0

    def preprocess(self, nb, resources, km=None):
        """Run and judge a notebook."""
        number = re.match(r"\d\d", resources["metadata"]["name"])
        self._chapter = importlib.import_module(f"exercises.chapter_{number[0]}") if number else None
        self._ended, self._end = "", time.monotonic() + self.seconds_in_all
        jail.limit_this_process()
        if jail.warning():
            self.log.warning(jail.warning())
        os.environ["COURSE_LANGUAGE"] = language_of(nb)  # of what the judges say, and of the kernel
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        """Run a cell, or judge it."""
        if cell.cell_type != "code":
            if not is_locked(cell):  # what a student has written is shown in the teacher's browser
                self._harmless.preprocess_cell(cell, resources, index)
            return cell, resources
        if is_locked(cell) and FOR_LEARNERS.match(cell.source):
            return cell, resources
        self._code_cell(cell, index)
        return self._harmless.preprocess_cell(cell, resources, index)

    def _code_cell(self, cell: nbformat.NotebookNode, index: int) -> None:
        if self._ended:
            cell.outputs = [_error("NotRun", self._ended)] if is_grade(cell) else []
            return
        self._printed = 0
        if time.monotonic() > self._end:
            why = say("The notebook took more than {count} seconds before this cell", count=self.seconds_in_all)
            self._stop(cell, why)
            return
        try:
            self._run_or_judge(cell, index)
        except DeadKernelError:
            size = f"{self.km.memory / 1024**3:.0f} GB"
            too_large = say("The program took more than {size} of memory in this cell", size=size)
            self._stop(cell, too_large if self.km.too_large else say("The program ended itself in this cell"))
        except CellTimeoutError:
            self._stop(cell, self._endless())
        else:
            timed_out = any(output.get("ename") == "CellTimeoutError" for output in cell.outputs)
            if timed_out and not self._responds():
                self._stop(cell, self._endless())

    def _endless(self) -> str:
        return say("This cell did not stop after {count} seconds", count=self.timeout)

    def _run_or_judge(self, cell: nbformat.NotebookNode, index: int) -> None:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        checks = [match for line in lines if (match := CHECK.match(line.strip())) and match[1]]
        if not (is_grade(cell) and checks and self._chapter):
            self._execute(cell, index, cell.source)
            return
        exercise = getattr(self._chapter, f"ex{checks[0][1]}")
        verdict = self._verdict(cell, index, exercise, checks[0][2])
        own = "\n".join(line for line in cell.source.splitlines() if not CHECK.match(line.strip()))
        if own.strip() and verdict.outcome == RIGHT:  # a hidden test that the teacher has added
            self._execute(cell, index, own)
            return
        cell.outputs = [new_output("stream", text=f"{verdict}\n")]
        if verdict.outcome != RIGHT:
            cell.outputs.append(_error("AssertionError", verdict.sentence))

    def _execute(self, cell: nbformat.NotebookNode, index: int, source: str) -> None:
        """Run code in the place of a cell's own; the cell gets the outputs."""
        own, cell.source = cell.source, source
        try:
            self.execute_cell(cell, index, store_history=True)
        finally:
            cell.source = own

    def _verdict(self, cell: nbformat.NotebookNode, index: int, exercise: Exercise, name: str) -> Verdict:
        """Have an answer judged here, while its kernel answers."""
        address, over = self.km.shared / f"{exercise.name}.sock", threading.Event()
        with socket.socket(socket.AF_UNIX) as door, ThreadPoolExecutor(1) as pool:
            door.bind(str(address))
            if os.name == "posix" and os.geteuid() == 0:
                address.chmod(0o777)  # the kernel is of another user, who cannot put anything else in its place
            door.listen(1)
            judging = pool.submit(self._judge, exercise, name, door, over)
            try:
                self._execute(cell, index, SERVE.format(address=str(address)))
            finally:
                over.set()
                address.unlink(missing_ok=True)
            return judging.result()

    def _judge(self, exercise: Exercise, name: str, door: socket.socket, over: threading.Event) -> Verdict:
        """Wait for the kernel to call, and judge: once as the learner's own check does, then with other cases."""
        door.settimeout(0.1)
        while True:
            try:
                line, _ = door.accept()
                break
            except TimeoutError:
                if over.is_set():
                    return Verdict(WRONG, say("Your notebook's program does not answer the grader."))
        with line:
            return Answers(line, self.timeout).judged(exercise, name, range(DRAWS + 1))

    def _responds(self) -> bool:
        """Tell whether the kernel has stopped what it did."""
        try:
            run_sync(self.kc.kernel_info)(reply=True, timeout=SECONDS_TO_STOP)
        except Exception:  # of several kinds, depending on where the time is up
            return False
        return True

    def _stop(self, cell: nbformat.NotebookNode, why: str) -> None:
        """Run no more cells of this notebook."""
        self._ended = say("{why}; nothing behind it was run, so there are no points for it.", why=why)
        cell.outputs.append(_error("Ended", self._ended))
        run_sync(self.km.shutdown_kernel)(now=True)

    def output(self, outs, msg, display_id, cell_index):
        """Keep what a cell prints, up to a limit."""
        before = self._printed
        self._printed += len(str(msg["content"]))
        if self._printed <= OUTPUT:
            return super().output(outs, msg, display_id, cell_index)
        if before <= OUTPUT:
            cut = say("[More than {count} characters: the rest is left out.]", count=f"{OUTPUT:,}")
            outs.append(new_output("stream", text=f"\n{cut}\n"))
        return None


def _error(name: str, sentence: str) -> nbformat.NotebookNode:
    """An output that nbgrader gives no points for."""
    return new_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"])


PREPROCESSORS = [
    GradeApart if item is Execute else item for item in Autograde.class_traits()["autograde_preprocessors"].default()
]
