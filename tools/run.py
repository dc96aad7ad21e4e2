"""Runs the chapters from a fresh kernel: ``python -m tools.run [--store | --korean] [NUMBER ...]``.

Without an option: every chapter in fast mode; the executed copies go to build/notebooks/. With ``--store``, for those
who edit the course: full mode, and when all went well the notebooks with outputs go to notebooks/, the trained
networks to models/, and the times to models/chapters.json. With ``--korean``: full mode, and the outputs go to
notebooks/ko/; what is the same in both languages comes from the English notebook.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from helpers.data import cifar10_missing
from helpers.settings import SHIPPED, build_folder, write_json
from tools.notebooks import (
    EDITION,
    EXERCISES,
    NOTEBOOKS,
    ROOT,
    chapters,
    read_notebook,
    strangers,
    text_of,
    write_notebook,
)
from tools.sync import sync

BUILD = build_folder()
MODELS = SHIPPED
PHOTOGRAPHS = "photographs"
EMPTY_LINE = " \n"
# Two notebooks at a time that share the processor are done sooner than one after the other.
WORKERS = 2
THREADS = str(max(1, (os.cpu_count() or 1) // WORKERS))
SHARED = {"TF_NUM_INTRAOP_THREADS": THREADS, "OMP_NUM_THREADS": THREADS}
UNSET = ("FAST", "SEED", "BUILD_DIR", "COURSE_LANGUAGE")  # unless a run asks for them
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Outcome:
    """What came of running one notebook."""

    notebook: Path
    seconds: float
    reached: str
    error: str = ""


def missing(notebook: Path) -> str:
    """Say what a notebook needs that is not on this machine, and how to get it; empty if there is all it needs."""
    if notebook.parent.name == "pytorch" and importlib.util.find_spec("torch") is None:
        return "PyTorch is not installed: make pytorch"
    if "load_cifar10" in notebook.read_text(encoding="utf-8"):
        return cifar10_missing()
    return ""


def something_missing(notebooks: list[Path]) -> bool:
    """Tell whether one of the notebooks cannot be run here; says which, and why."""
    reasons = [f"{path.stem}: {reason}" for path in notebooks if (reason := missing(path))]
    if reasons:
        print("Nothing was run.", *reasons, sep="\n", file=sys.stderr)
    return bool(reasons)


def connection(folder: str) -> dict[str, str]:
    """Say how Jupyter shall talk to a kernel: through files in a folder, which needs no free port.

    Jupyter chooses ports before the kernel opens them; where two programs do so at a time, one may be taken by then.
    """
    if sys.platform == "win32":
        return {}
    return {"transport": "ipc", "connection_file": f"{folder}/{uuid.uuid4().hex[:8]}.json"}


def run(notebook: Path, copy: Path, settings: dict[str, str], first: str = "") -> Outcome:
    """Execute a notebook in a fresh kernel and store the executed copy, whether it failed or not.

    Args:
        notebook: what to run; it is only read. Its own folder is the working folder, as in Jupyter.
        copy: where the executed notebook goes.
        settings: environment variables of the kernel, such as ``FAST``, ``SEED`` and ``BUILD_DIR``.
        first: code that the kernel runs before the first cell.

    Returns:
        Seconds, the error if there was one, and what the cell tagged "reached" printed.
    """
    try:
        content = read_notebook(notebook)
    except ValueError as problem:
        way_out = f"Get it back with: git checkout -- {notebook.relative_to(ROOT)}"
        return Outcome(notebook, 0, "", f"{problem} {way_out}")
    cells = sum(cell.cell_type == "code" for cell in content.cells)
    print(f"{notebook.stem} ({cells} cells) ", end="", flush=True)
    started = []
    sockets = tempfile.TemporaryDirectory()
    client = NotebookClient(
        content,
        config=Config(KernelManager=connection(sockets.name)),
        kernel_name="python3",
        timeout=None,
        record_timing=False,
        coalesce_streams=True,
        # Errors only: the kernel's advice is not for learners.
        extra_arguments=["--Application.log_level=40", *([f"--IPKernelApp.exec_lines={first}"] if first else [])],
        resources={"metadata": {"path": str(notebook.parent)}},
        on_cell_execute=lambda cell, **_: started.append(cell.source),
        on_cell_executed=lambda **_: print(".", end="", flush=True),
    )
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    start = time.perf_counter()
    error = ""
    try:
        with sockets:
            client.execute(env=environment | settings)
    except CellExecutionError as problem:
        error = ANSI.sub("", str(problem))
    except RuntimeError as problem:  # the kernel died or never started; nbclient then does not say where
        error = f"{''.join(started[-1:])}\n------------------\n{problem}"
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


def run_together(jobs: list[tuple[Path, Path, dict[str, str]]]) -> list[Outcome]:
    """Run notebooks, the first alone, then two at a time.

    Alone, because the first measures which number format is fastest here, and in Colab it fetches the course.

    Args:
        jobs: what `run` takes, for each notebook.

    Returns:
        What came of them, in their order.
    """
    outcomes = [run(*job) for job in jobs[:1]]
    with ProcessPoolExecutor(WORKERS) as pool:
        for outcome, progress in pool.map(_run_beside, jobs[1:]):
            print(progress, end="", flush=True)
            outcomes.append(outcome)
    return outcomes


def _run_beside(job: tuple[Path, Path, dict[str, str]]) -> tuple[Outcome, str]:
    """Run a notebook while another runs; return what came of it, and what was printed on the way."""
    notebook, copy, settings = job
    with contextlib.redirect_stdout(io.StringIO()) as progress:
        outcome = run(notebook, copy, settings | SHARED)
    return outcome, progress.getvalue()


def run_fast(notebooks: list[Path]) -> list[Outcome]:
    """Run notebooks in fast mode; the copies go to build/notebooks/."""
    settings = {"FAST": "1", "BUILD_DIR": str(BUILD)}
    outcomes, jobs = {}, []
    for path in notebooks:
        if reason := missing(path):
            print(f"{path.stem} skipped: {reason}", flush=True)
            outcomes[path] = Outcome(path, 0, "skipped, see above")
        else:
            jobs.append((path, BUILD / "notebooks" / path.relative_to(NOTEBOOKS), settings))
    outcomes |= {outcome.notebook: outcome for outcome in run_together(jobs)}
    return [outcomes[path] for path in notebooks]


def run_full(notebooks: list[Path], folder: Path, seed: int | None = None, first: str = "") -> list[Outcome]:
    """Run notebooks in full mode; copies and trained networks go to ``folder``."""
    settings = {"BUILD_DIR": str(folder)} | ({} if seed is None else {"SEED": str(seed)})
    return [run(path, folder / "notebooks" / path.relative_to(NOTEBOOKS), settings, first) for path in notebooks]


def trainings(notebook: Path, action: str) -> str:
    """Code that makes a kernel ``"record"`` the trainings of a chapter, or ``"replay"`` them; empty if there are none.

    Args:
        notebook: of the English edition.
        action: a function of `tools.replay`.
    """
    folder = BUILD / "store" / notebook.stem / "trainings"
    if ".fit(" not in text_of(notebook).read_text(encoding="utf-8"):
        return ""
    if action == "replay" and not folder.exists():
        print(f"{notebook.stem} trains once more; not so after: make store CHAPTERS={place(notebook)}")
        return ""
    return f"import sys; sys.path.append({str(ROOT)!r}); from tools import replay; replay.{action}({str(folder)!r})"


def store(notebooks: list[Path]) -> int:
    """Run notebooks in fast mode (to fail early, and to time it), then in full mode, and keep what came out.

    A chapter is kept before the next one runs, so that a chapter that looks into a network sees the new one.
    """
    sync()
    if something_missing(notebooks):
        return 1
    fast = [outcome for path in notebooks for outcome in run_fast([path])]  # one by one: their times are kept
    if any(outcome.error for outcome in fast):
        return report(fast)
    full = []
    for path, quick in zip(notebooks, fast, strict=True):
        folder = BUILD / "store" / path.stem
        shutil.rmtree(folder, ignore_errors=True)
        text = text_of(path).read_bytes()
        full += run_full([path], folder, first=trainings(path, "record"))
        if full[-1].error:
            break
        if text_of(path).read_bytes() != text:
            full[-1].error = f"{text_of(path)} was edited while the chapter ran. Nothing was kept; run it again."
            break
        keep_outcome(path, folder, {"fast_seconds": round(quick.seconds), "full_seconds": round(full[-1].seconds)})
    return report(full)


def draw(notebooks: list[Path]) -> int:
    """Run Korean notebooks in full mode, and keep their outputs; networks and times stay those of the English ones.

    Nothing is trained: what the trainings came to is taken from the last run of the English notebook that was stored.
    """
    from tools.translate import korean_notebook  # polib, which Colab has not

    outcomes = []
    for path in notebooks:
        original = NOTEBOOKS / path.relative_to(NOTEBOOKS / EDITION)
        folder = BUILD / "store" / EDITION / path.stem
        shutil.rmtree(folder, ignore_errors=True)
        if something_missing([original]):
            return 1
        new = not path.exists()
        write_notebook(path, korean_notebook(text_of(original)))
        first = trainings(original, "replay") if original.parent != EXERCISES else ""
        outcomes += run_full([path], folder, first=first)
        if outcomes[-1].error:
            path.unlink() if new else None
            break
        executed = nbformat.read(folder / "notebooks" / path.relative_to(NOTEBOOKS), as_version=4)
        content = with_outputs_of(
            nbformat.read(original, as_version=4), without_previews(without_photographs(executed))
        )
        nbformat.write(content, path)
    sync()  # others link to it
    return report(outcomes)


def with_outputs_of(english: nbformat.NotebookNode, korean: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take over what differs from run to run and has no words, such as the course of a training, from the original."""
    from tools.translate import skeleton  # polib, which Colab has not

    for original, cell in zip(english.cells, korean.cells, strict=True):
        same = cell.cell_type == "code" and skeleton(cell.source) == skeleton(original.source)
        if same and "nbval-ignore-output" in cell.metadata.get("tags", []):
            shown = json.dumps([cell.outputs, original.outputs], ensure_ascii=False)
            if not re.search("[가-힣]|image/|text/html", shown):
                cell.outputs = original.outputs
    return korean


def keep_outcome(notebook: Path, folder: Path, times: dict[str, int]) -> None:
    """Move the outputs, networks and times of a full run into the repository."""
    content = nbformat.read(folder / "notebooks" / notebook.relative_to(NOTEBOOKS), as_version=4)
    nbformat.write(without_previews(without_photographs(content)), notebook)
    text_of(notebook).touch()  # of a pair the newer file counts, and that stays the text
    times_file = MODELS / "chapters.json"
    all_times = json.loads(times_file.read_text(encoding="utf-8")) if times_file.exists() else {}
    all_times[notebook.stem] = all_times.get(notebook.stem, {}) | times
    write_json(times_file, dict(sorted(all_times.items())))
    if ship(folder / "models"):
        print("New networks: their cards hold this seed only. More: SEED=n make results")


def ship(folder: Path) -> list[Path]:
    """Copy the networks of a full run, and their cards, into the repository. Returns the files in the folder."""
    files = sorted(folder.glob("[!.]*.*"))
    for file in files:
        shutil.copyfile(file, MODELS / file.name)
    return files


def without_photographs(content: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Empty the cells tagged "photographs": what they show may be looked at, but not published."""
    for cell in content.cells:
        if PHOTOGRAPHS in cell.metadata.get("tags", []):
            cell.outputs = []
    return content


def without_previews(content: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Begin folded text with an empty line: JupyterLab shows the first line of what is folded, often the answer."""
    for cell in content.cells:
        if cell.metadata.get("jupyter", {}).get("outputs_hidden") and cell.outputs:
            first = cell.outputs[0]
            texts, kind = (first, "text") if first.output_type == "stream" else (first.data, "text/html")
            if kind in texts:
                texts[kind] = EMPTY_LINE + texts[kind].removeprefix(EMPTY_LINE)
    return content


def chosen(notebooks: list[Path], names: list[str], parser: argparse.ArgumentParser) -> list[Path]:
    """Pick notebooks by number, folder or both: ``04``, ``pytorch``, ``pytorch/04``. No name picks them all.

    Where there is none of one of the names, the parser says so and ends the program.
    """
    found = {
        name: [path for path in notebooks if re.match(rf"{re.escape(name)}([_/]|$)", place(path))] for name in names
    }
    if unknown := [name for name, paths in found.items() if not paths]:
        parser.error(f"no such chapter: {', '.join(unknown)}; there are {', '.join(map(place, notebooks))}")
    return [path for path in notebooks if not names or any(path in paths for paths in found.values())]


def place(notebook: Path) -> str:
    """Name of a notebook with its folder, for instance ``pytorch/04_clothes_in_pytorch``."""
    return notebook.relative_to(NOTEBOOKS).with_suffix("").as_posix()


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="chapters to run, such as 04, pytorch/04 or pytorch; default: all")
    parser.add_argument("--store", action="store_true", help="full mode; keep outputs, networks and times")
    parser.add_argument("--korean", action="store_true", help="full mode; keep the outputs of the Korean edition")
    arguments = parser.parse_args()
    if arguments.korean:
        from tools.translate import complete, edition_of  # polib, which Colab has not

        sync()
        names = [f"{EDITION}/{name}" for name in arguments.numbers]
        return draw(chosen([edition_of(text) for text in complete()], names, parser))
    notebooks = chosen(chapters(), arguments.numbers, parser)
    if arguments.store:
        return store(notebooks)
    for path in strangers():
        print(f"not of the course, left alone: {path.relative_to(ROOT)}")
    return report(run_fast(notebooks))


if __name__ == "__main__":
    raise SystemExit(main())
