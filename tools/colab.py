"""Runs every notebook of a published course as in Colab: ``python -m tools.colab``, with Colab's packages.

Each notebook stands alone in a new folder, beside a module ``google.colab``; its set-up cell fetches the course.
What can be had only in an account of Google's (uploads, a GPU) is not tried.
"""

import contextlib
import io
import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools.notebooks import ROOT, chapters
from tools.run import BUILD, Outcome, missing, report, run
from tools.stand_in import cifar10_stand_in

WORKERS = 2
SETTINGS = {"FAST": "1", "BUILD_DIR": str(BUILD), "PYTHONPATH": str(ROOT / "tests/environments/colab")}
QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # or the debugger of Colab's ipykernel warns twice for each notebook
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def run_alone(notebook: Path, folder: Path) -> tuple[Outcome, str]:
    """Run a copy of a notebook that lies in the folder; return what came of it, and what was printed on the way."""
    alone = folder / notebook.name
    shutil.copyfile(notebook, alone)
    with contextlib.redirect_stdout(io.StringIO()) as progress:
        outcome = run(alone, BUILD / "colab" / notebook.name, SETTINGS | QUIET | ONE_THREAD)
    return outcome, progress.getvalue()


def main(folder: Path) -> int:
    """Run all notebooks in fast mode, in a folder outside of the course. Returns the exit code: 1 if one failed, else 0."""
    os.environ["CIFAR10_DIR"] = str(cifar10_stand_in())
    for path in chapters():
        if reason := missing(path):
            raise SystemExit(f"{path.stem}: {reason}")
    first, *others = chapters()
    outcomes = []
    with ProcessPoolExecutor(WORKERS) as pool:
        # The first one alone: it fetches the course, which the others then find.
        for some in ([first], others):
            for outcome, progress in pool.map(run_alone, some, [folder] * len(some)):
                print(progress, end="", flush=True)
                outcomes.append(outcome)
    if not (folder / "course" / "helpers").is_dir():
        print("The set-up cell did not fetch the course.", file=sys.stderr)
        return 1
    return report(outcomes)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        raise SystemExit(main(Path(folder)))
