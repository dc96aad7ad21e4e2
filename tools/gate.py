"""The gate: ``make gate`` proves the course with three sets of packages, each from an empty folder.

- learner: what requirements.txt brings, and the two commands of the README (the first for some chapters only);
- everything: PyTorch, JAX, nbgrader and JupyterHub, too, and all tests;
- colab: Colab's own packages, and every notebook fetching the published course.

What is tested is what is committed. Environments are kept outside of the checkout, named by the content of their
requirements, so that a second run does not install them again. Needs Python's standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from helpers import VERSION

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "convnets-with-keras"
WEEK = 7 * 24 * 3600  # seconds
ENVIRONMENTS = {
    "learner": ["requirements.txt"],
    "everything": [f"requirements{part}.txt" for part in ("", "-backends", "-pytorch", "-classroom", "-hub", "-site")],
    "colab": ["tests/environments/colab.txt", "requirements-pytorch.txt"],
}
# What make brings to install an environment, which is in {venv}.
INSTALLED = {"learner": "{venv}/.requirements", "everything": "everything", "colab": "{venv}/.colab"}
STEPS = {
    # make test runs the lessons, too, and compares what comes out
    "learner": [["make", "run", "CHAPTERS=00 exercises/01"], ["make", "test"]],
    "everything": [["make", "test-everything"]],
    "colab": [["make", "colab"]],
}


def environment(name: str) -> Path:
    """Folder of an environment, for this Python and these requirements."""
    contents = [sys.version.encode(), *((ROOT / file).read_bytes() for file in ENVIRONMENTS[name])]
    return CACHE / f"{name}-{hashlib.sha256(b''.join(contents)).hexdigest()[:12]}"


def tidy() -> None:
    """Delete environments that no gate has used for a week."""
    for name in ENVIRONMENTS:
        environment(name).mkdir(parents=True, exist_ok=True)
        environment(name).touch()
    for folder in CACHE.iterdir():
        if time.time() - folder.stat().st_mtime > WEEK:
            shutil.rmtree(folder)


def clone(folder: Path) -> Path:
    """Clone what is committed into an empty folder."""
    subprocess.run(["git", "clone", "--quiet", ROOT.as_uri(), str(folder)], check=True)
    return folder


def publish(folder: Path, python: Path) -> None:
    """Publish a clone at its own address, as someone would at GitHub: address, commit, tag."""
    git = ["git", "-c", "user.name=gate", "-c", "user.email=gate@example.org"]
    for command in (
        [str(python), "-m", "tools.sync", "publish", folder.as_uri()],
        [*git, "commit", "--quiet", "--all", "--message", "Published"],
        [*git, "tag", "--force", VERSION],
    ):
        subprocess.run(command, cwd=folder, check=True)


def settings(name: str) -> dict[str, str]:
    """Variables with which make works in an environment."""
    return os.environ | {"COURSE_VENV": str(environment(name))}


def install(courses: dict[str, Path]) -> list[str]:
    """Install all environments side by side, since pip works on one core. Returns the names of those that failed."""
    running = {
        name: subprocess.Popen(["make", INSTALLED[name].format(venv=environment(name))], cwd=course, env=settings(name))
        for name, course in courses.items()
    }
    return [name for name, process in running.items() if process.wait()]


def main() -> int:
    """Run all steps, the later ones too where one fails, and print what each took. Returns the exit code."""
    tidy()
    with tempfile.TemporaryDirectory() as folder:
        courses = {name: clone(Path(folder) / name) for name in STEPS}
        start = time.perf_counter()
        if broken := install(courses):
            print(f"Not installed: {', '.join(broken)}.")
            return 1
        rows, failed = [f"{time.perf_counter() - start:6.0f} s  installing"], []
        publish(courses["colab"], environment("everything") / "bin" / "python")
        for name, steps in STEPS.items():
            for step in steps:
                print(f"\n=== {name}: {' '.join(step)}", flush=True)
                start = time.perf_counter()
                done = subprocess.run(step, cwd=courses[name], env=settings(name))
                rows.append(f"{time.perf_counter() - start:6.0f} s  {name}: {' '.join(step)}")
                if done.returncode:
                    failed.append(rows[-1])
                    break
    print("\n=== the gate", *rows, f"failed: {len(failed)}", *failed, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
