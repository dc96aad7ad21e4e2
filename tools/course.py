"""Writes what course.toml says of the chapters into documents, and into head and end of each lesson."""

import re
import tomllib
from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path

from tools.figures import figure, gpu_table, ladder_tables, results_table
from tools.glossary import glossary_table
from tools.notebooks import CHECKS, ROOT, points

COURSE = ROOT / "course.toml"
DOCUMENTS = [ROOT / name for name in ("README.md", "RESULTS.md", "TEACHING.md")]
KEYS = {"notebook", "title", "afterwards", "data", "time", "needs", "brings"}
EXERCISE_KEYS = {"notebook", "title", "among", "minutes", "time"}
HOURS = {60: "about an hour", 90: "about an hour and a half"}
TITLE = re.compile(r"^# # .*$", re.MULTILINE)
BULLETS = re.compile(r"^# - \*\*Time\*\*.*?(?=\n\n# %%)", re.MULTILINE | re.DOTALL)
END = re.compile(r"^# \*\*(Exercises|Next):\*\*.*?(?=\n\n|\s*\Z)", re.MULTILINE | re.DOTALL)
HOW_TO_READ = """\
- **How to work**: answer each question on paper first. The output that answers it is folded away; run the cell, and it
  opens. (A click on the three dots opens it, too.)"""
HOW_TO_ANSWER = """\
- **How to work**: write your answer where the three dots are, or below `# Your code here`. Run the cell, then the one
  with `check`: it says *right*, *not right yet* (and what may have gone wrong) or *not tried yet*. Try as often as you
  like.
- **Stuck?** Open a new cell: `check.ex1.hint()`. The first call gives a nudge, the second asks for a value on the way,
  the third gives a method. If nothing else helps: `check.ex1.solution()`."""


def course() -> dict:
    """Read course.toml: ``chapters`` and ``companions``, each a list of entries in order.

    Raises:
        ValueError: if an entry lacks a key, or has one that nothing reads.
    """
    content = tomllib.loads(COURSE.read_text(encoding="utf-8"))
    for entry in content["chapters"] + content["companions"]:
        for found, expected in ((entry.keys() - {"exercises"}, KEYS), (entry.get("exercises", {}), EXERCISE_KEYS)):
            if found and (wrong := set(found) ^ expected):
                name = entry.get("notebook", "an entry")
                raise ValueError(f"{COURSE.name}, {name}: missing, or not known: {', '.join(sorted(wrong))}")
    return content


def lesson(text: str, name: str) -> str:
    """Text of a lesson or of exercises with the head and the end that course.toml asks for.

    Args:
        text: in jupytext's percent format.
        name: its notebook, as course.toml calls it.

    Raises:
        ValueError: if course.toml does not name the notebook, or the text has no place for its head or end.
    """
    content = course()
    for entries, kind in ((content["chapters"], "chapter"), (content["companions"], "companion")):
        for entry, after in zip_longest(entries, entries[1:]):
            if entry["notebook"] == name:
                parts = _lesson_parts(entry, after, kind, content["companions"])
                return _with_tables(_written(text, name, *parts))
            if name == f"exercises/{entry.get('exercises', {}).get('notebook')}":
                return _written(text, name, *_exercise_parts(entry, after))
    raise ValueError(f"{COURSE.name} has no entry for {name}: add one with the keys {sorted(KEYS)}")


def _written(text: str, name: str, title: str, bullets: str, end: str) -> str:
    """Put title, bullets and end into their places."""
    places = (("# # Title", TITLE, title), ("# - **Time**", BULLETS, bullets), ("# **Next:**", END, end))
    for line, pattern, new in places:
        if not pattern.search(text):
            raise ValueError(f"{name}: write the line {line!r}; what stands there comes from {COURSE.name}")
        commented = "\n".join(f"# {part}".rstrip() for part in new.split("\n"))
        text = pattern.sub(lambda _, commented=commented: commented, text, count=1)
    return text


def _lesson_parts(entry: dict, after: dict | None, kind: str, companions: list[dict]) -> tuple[str, str, str]:
    """Title, bullets and end of a lesson."""
    folder = Path(entry["notebook"]).parent
    fast, full = _marked_minutes(entry, "fast"), _marked_minutes(entry, "full")
    time = f"- **Time** on 2 CPU cores: {fast} in fast mode, {full} in full mode."
    if kind == "chapter":
        time += f"<!-- gpu {_number(entry)} --><!-- end of gpu -->"
    end = []
    if "exercises" in entry:
        count, notebook = len(_points(entry)), entry["exercises"]["notebook"]
        link = f"[{count} exercises](exercises/{notebook}.ipynb)"
        end.append(f"**Exercises:** {link} on this chapter; each checks your answer.")
    if after:
        end.append(f"**Next:** {_link(after, folder)} {after['brings']}.")
    else:
        end.append(f"**Next:** this is the last {kind}.")
    end += [
        f"**In PyTorch:** {_link(companion, folder)}."
        for companion in companions
        if kind == "chapter" and _number(companion) == _number(entry)
    ]
    bullets = [f"{time} {entry['time']}", f"- **You need** {entry['needs']}", HOW_TO_READ]
    return f"# {_number(entry)} · {entry['title']}", "\n".join(bullets), "\n\n".join(end)


def _exercise_parts(entry: dict, after: dict | None) -> tuple[str, str, str]:
    """Title, bullets and end of a chapter's exercises."""
    own = entry["exercises"]
    minutes = own["minutes"]
    bullets = f"- **Time**: {HOURS.get(minutes, f'about {minutes} minutes')}. {own['time']}\n{HOW_TO_ANSWER}"
    end = "**Next:** this is the last chapter."
    if after:
        end = f"**Next:** [{_number(after)} · {after['title']}](../{after['notebook']}.ipynb)"
        end += f", or its [exercises]({after['exercises']['notebook']}.ipynb)." if "exercises" in after else "."
    return f"# Exercises {_number(entry)} · {own['title']}", bullets, end


def _number(entry: dict) -> str:
    return Path(entry["notebook"]).name[:2]


def _link(entry: dict, folder: Path) -> str:
    """Link to a lesson, from a lesson in that folder."""
    path = Path(entry["notebook"])
    return f"[{_number(entry)} · {entry['title']}]({path.relative_to(folder).as_posix()}.ipynb)"


def _points(entry: dict) -> list[int]:
    """Points of each exercise of a chapter."""
    name = entry["exercises"]["notebook"]
    text = CHECKS / f"chapter_{name[:2]}" / "solutions" / f"{name}.py"
    if not text.exists():
        raise ValueError(f"{COURSE.name} names the exercises {name}: write {text.relative_to(ROOT)}")
    return points(text.read_text(encoding="utf-8"))


def _time(name: str, key: str) -> str:
    """Time of a notebook from models/chapters.json, such as ``fast_minutes``; "?" where it was not measured yet."""
    try:
        return figure(f"chapters.{name}.{key}")
    except KeyError:
        return "?"


def _marked_minutes(entry: dict, mode: str) -> str:
    """Minutes as `tools.figures` keeps them up to date in prose."""
    name, key = Path(entry["notebook"]).name, f"{mode}_minutes"
    found = _time(name, key)
    return "? minutes" if found == "?" else f"{found}<!-- chapters.{name}.{key} --> minutes"


def chapter_table() -> str:
    """Chapters as a table for the README, each with its exercises and its companion."""
    content = course()
    companions = {_number(entry): entry["notebook"] for entry in content["companions"]}
    rows = [
        "| | chapter | what you can do afterwards | data | minutes, fast / full | exercises | PyTorch |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in content["chapters"]:
        number, own = _number(entry), entry.get("exercises")
        cells = (
            number,
            f"[{entry['title']}](notebooks/{entry['notebook']}.ipynb)",
            entry["afterwards"],
            entry["data"],
            f"{_time(entry['notebook'], 'fast_minutes')} / {_time(entry['notebook'], 'full_minutes')}",
            f"[{len(_points(entry))}](notebooks/exercises/{own['notebook']}.ipynb)" if own else "",
            f"[{number}](notebooks/{companions[number]}.ipynb)" if number in companions else "",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return _lines(rows)


def map_table() -> str:
    """Chapters as a table for a lesson in ``notebooks/``: the way through the course, and what each takes."""
    rows = ["| | chapter | what you can do afterwards | minutes, fast / full |", "|---|---|---|---|"]
    for entry in course()["chapters"]:
        link = f"[{entry['title']}]({entry['notebook']}.ipynb)"
        minutes = f"{_time(entry['notebook'], 'fast_minutes')} / {_time(entry['notebook'], 'full_minutes')}"
        rows.append(f"| {_number(entry)} | {link} | {entry['afterwards']} | {minutes} |")
    return _lines(rows)


def assignment_table() -> str:
    """Exercises as a table for those who teach."""
    rows = [
        "| assignment | students do, among others | exercises | points | students (estimate) | grading, seconds |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for entry in course()["chapters"]:
        if own := entry.get("exercises"):
            each = _points(entry)
            grading = _time(own["notebook"], "grading_seconds").replace("?", "not measured")
            cells = (f"`{own['notebook']}`", own["among"], len(each), sum(each), f"{own['minutes']} min", grading)
            rows.append(f"| {' | '.join(map(str, cells))} |")
    return _lines(rows)


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


TABLES: dict[str, Callable[[], str]] = {
    "chapters": chapter_table,
    "assignments": assignment_table,
    "results": results_table,
    "gpu": gpu_table,
    "ladders": ladder_tables,
}


LESSON_TABLES: dict[str, Callable[[], str]] = {"map": map_table, "glossary": glossary_table}


def _with_tables(text: str) -> str:
    """Text of a lesson with its tables, each between comments as in a document."""
    for name, table in LESSON_TABLES.items():
        section = re.compile(rf"(?<=^# <!-- {name} -->\n).*?(?=^# <!-- end of {name} -->)", re.DOTALL | re.MULTILINE)
        if section.search(text):
            rows = "".join(f"# {row}\n" for row in table().splitlines())
            text = section.sub(lambda _, rows=rows: rows, text)
    return text


def document(text: str) -> str:
    """Text of a document with its tables, each between ``<!-- NAME -->`` and ``<!-- end of NAME -->``."""
    for name, table in TABLES.items():
        section = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        text = section.sub(lambda _, table=table: table(), text)
    return text
