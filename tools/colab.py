"""Runs every notebook of a published course as in Colab: ``python -m tools.colab``, with Colab's packages.

Each notebook stands alone in a new folder, beside a module ``google.colab``; its set-up cell fetches the course.
What can be had only in an account of Google's (uploads, a GPU) is not tried.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tools.notebooks import ROOT, chapters
from tools.run import BUILD, missing, report, run_together
from tools.stand_in import cifar10_stand_in

SETTINGS = {
    "FAST": "1",
    "BUILD_DIR": str(BUILD),
    "PYTHONPATH": str(ROOT / "tests/environments/colab"),
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or the debugger of Colab's ipykernel warns twice for each notebook
}


def main(folder: Path) -> int:
    """Run all notebooks in fast mode, in a folder outside of the course. Returns the exit code: 1 if one failed."""
    os.environ["CIFAR10_DIR"] = str(cifar10_stand_in())
    jobs = []
    for path in sorted(chapters(), key=lambda path: path.parent.name == "exercises"):  # the short ones last: no waiting
        if reason := missing(path):
            raise SystemExit(f"{path.stem}: {reason}")
        jobs.append((Path(shutil.copy(path, folder)), BUILD / "colab" / path.name, SETTINGS))
    outcomes = run_together(jobs)
    if not (folder / "course" / "helpers").is_dir():
        print("The set-up cell did not fetch the course.", file=sys.stderr)
        return 1
    return report(outcomes)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        raise SystemExit(main(Path(folder)))
