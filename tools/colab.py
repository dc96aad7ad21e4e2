"""Runs every notebook of a published course as in Colab: ``python -m tools.colab FOLDER``, with Colab's packages.

FOLDER is made. In it each notebook stands alone, beside a module ``google.colab``; its set-up cell fetches the course.
What can be had only in an account of Google's (uploads, a GPU) is not tried.
"""

import os
import shutil
import sys
from pathlib import Path

from tools.notebooks import ROOT, chapters
from tools.run import BUILD, missing, report, run
from tools.stand_in import cifar10_stand_in


def main(folder: Path) -> int:
    """Run all notebooks in fast mode. Returns the exit code: 1 if one failed, else 0."""
    folder.mkdir(parents=True)
    os.environ["CIFAR10_DIR"] = str(cifar10_stand_in())
    settings = {"FAST": "1", "BUILD_DIR": str(BUILD), "PYTHONPATH": str(ROOT / "tests/environments/colab")}
    outcomes = []
    for path in chapters():
        if reason := missing(path):
            print(f"{path.stem} skipped: {reason}", flush=True)
            continue
        alone = folder / path.name
        shutil.copyfile(path, alone)
        outcomes.append(run(alone, BUILD / "colab" / path.name, settings))
    if not (folder / "course" / "helpers").is_dir():
        print("The set-up cell did not fetch the course.", file=sys.stderr)
        return 1
    return report(outcomes)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(Path(sys.argv[1]).resolve()))
