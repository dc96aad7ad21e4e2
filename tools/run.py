"""Runs the chapters from a fresh kernel: ``python -m tools.run [--store] [NUMBER ...]``.

Without an option: every chapter in fast mode; the executed copies go to build/notebooks/. With ``--store``, for those
who edit the course: full mode, and when all went well the notebooks with outputs go to notebooks/, the trained
networks to models/, and the times to models/chapters.json.
"""

import argparse
import json
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from helpers.models import write_json
from tools.notebooks import NOTEBOOKS, ROOT, chapters

BUILD = ROOT / "build"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
MODELS = ROOT / "models"


@dataclass
class Outcome:
    """What came of running one notebook."""

    notebook: Path
    seconds: float
    reached: str
    error: str = ""


def run(notebook: Path, copy: Path, settings: dict[str, str]) -> Outcome:
    """Execute a notebook in a fresh kernel and store the executed copy, whether it failed or not.

    Args:
        notebook: what to run; it is only read. Its own folder is the working folder, as in Jupyter.
        copy: where the executed notebook goes.
        settings: environment variables of the kernel, such as ``FAST``, ``SEED`` and ``BUILD_DIR``.

    Returns:
        Seconds, the error if there was one, and what the cell tagged "reached" printed.
    """
    content = nbformat.read(notebook, as_version=4)
    cells = sum(cell.cell_type == "code" for cell in content.cells)
    print(f"{notebook.stem} ({cells} cells) ", end="", flush=True)
    client = NotebookClient(
        content,
        kernel_name="python3",
        timeout=None,
        record_timing=False,
        extra_arguments=["--Application.log_level=40"],  # errors only: the kernel's advice is not for learners
        resources={"metadata": {"path": str(notebook.parent)}},
        on_cell_executed=lambda **_: print(".", end="", flush=True),
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("FAST", "SEED", "BUILD_DIR")}
    start = time.perf_counter()
    error = ""
    try:
        client.execute(env=environment | settings)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
        error = ANSI.sub("", str(problem))
    seconds = time.perf_counter() - start
    print(f" {'failed' if error else 'done'} in {seconds:.0f} s", flush=True)
    copy.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, copy)
    return Outcome(notebook, seconds, _reached(content), error)


def _reached(content: nbformat.NotebookNode) -> str:
    """Last line that the cell tagged "reached" printed; empty if it printed nothing."""
    outputs = [o for cell in content.cells if "reached" in cell.metadata.get("tags", []) for o in cell.outputs]
    lines = "".join(output.get("text", "") for output in outputs).splitlines()
    return lines[-1] if lines else ""


def report(outcomes: list[Outcome]) -> int:
    """Print the closing table, and every error. Returns the exit code: 1 if a chapter failed, else 0."""
    width = max(len(outcome.notebook.stem) for outcome in outcomes)
    print(f"\n{'chapter':{width}}  {'seconds':>7}  reached")
    for outcome in outcomes:
        reached = "FAILED, see below" if outcome.error else outcome.reached
        print(f"{outcome.notebook.stem:{width}}  {outcome.seconds:7.0f}  {reached}")
    for outcome in outcomes:
        if outcome.error:
            print(f"\n{outcome.notebook.stem} failed in this cell:\n{outcome.error}", file=sys.stderr)
    return int(any(outcome.error for outcome in outcomes))


def run_fast(notebooks: list[Path]) -> list[Outcome]:
    """Run notebooks in fast mode; the copies go to build/notebooks/."""
    settings = {"FAST": "1", "BUILD_DIR": str(BUILD)}
    return [run(path, BUILD / "notebooks" / path.relative_to(NOTEBOOKS), settings) for path in notebooks]


def run_full(notebooks: list[Path], folder: Path, seed: int | None = None) -> list[Outcome]:
    """Run notebooks in full mode; copies and trained networks go to ``folder``."""
    settings = {"BUILD_DIR": str(folder)} | ({} if seed is None else {"SEED": str(seed)})
    return [run(path, folder / "notebooks" / path.relative_to(NOTEBOOKS), settings) for path in notebooks]


def store(notebooks: list[Path]) -> int:
    """Run notebooks in fast mode (to fail early, and to time it), then in full mode, and keep what came out."""
    fast = run_fast(notebooks)
    if any(outcome.error for outcome in fast):
        return report(fast)
    folder = BUILD / "store"
    shutil.rmtree(folder, ignore_errors=True)
    full = run_full(notebooks, folder)
    if any(outcome.error for outcome in full):
        return report(full)
    times_file = MODELS / "chapters.json"
    times = json.loads(times_file.read_text(encoding="utf-8")) if times_file.exists() else {}
    for quick, slow in zip(fast, full, strict=True):
        times[slow.notebook.stem] = {"fast_seconds": round(quick.seconds), "full_seconds": round(slow.seconds)}
        shutil.copyfile(folder / "notebooks" / slow.notebook.relative_to(NOTEBOOKS), slow.notebook)
    write_json(times_file, dict(sorted(times.items())))
    for checkpoint in sorted((folder / "models").glob("[!.]*.*")):
        shutil.copyfile(checkpoint, MODELS / checkpoint.name)
    return report(full)


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="chapters to run, such as 04; all of them by default")
    parser.add_argument("--store", action="store_true", help="full mode; keep outputs, networks and times")
    arguments = parser.parse_args()
    notebooks = [path for path in chapters() if not arguments.numbers or path.stem[:2] in arguments.numbers]
    if not notebooks:
        parser.error(f"no such chapter; there are {', '.join(path.stem for path in chapters())}")
    if arguments.store:
        return store(notebooks)
    return report(run_fast(notebooks))


if __name__ == "__main__":
    raise SystemExit(main())
