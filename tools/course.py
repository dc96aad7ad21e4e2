"""Writes what course.toml says of the chapters into documents, and into head and end of each lesson."""

import re
import tomllib
from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path

from tools.figures import figure, gpu_table, grading_table, ladder_tables, results_table
from tools.glossary import glossary_table
from tools.notebooks import CHECKS, ROOT, points

COURSE = ROOT / "course.toml"
DOCUMENTS = [ROOT / name for name in ("README.md", "RESULTS.md", "TEACHING.md")]
KEYS = {"notebook", "title", "afterwards", "data", "time", "needs", "brings"}
EXERCISE_KEYS = {"notebook", "title", "among", "minutes", "time"}
TITLE = re.compile(r"^# # .*$", re.MULTILINE)
BULLETS = re.compile(r"^# - \*\*Time\*\*.*?(?=\n\n# %%)", re.MULTILINE | re.DOTALL)
END = re.compile(r"^# \*\*(Exercises|Next):\*\*.*?(?=\n\n|\s*\Z)", re.MULTILINE | re.DOTALL)
Tell = Callable[[str], str]
"""Gives a sentence in the language of the text that it goes into; `str` leaves it in English."""


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


def lesson(text: str, name: str, tell: Tell = str) -> str:
    """Text of a lesson or of exercises with the head and the end that course.toml asks for.

    Args:
        text: in jupytext's percent format.
        name: its notebook, as course.toml calls it.
        tell: translates what is written into it.

    Raises:
        ValueError: if course.toml does not name the notebook, or the text has no place for its head or end.
    """
    content = course()
    for entries, kind in ((content["chapters"], "chapter"), (content["companions"], "companion")):
        for entry, after in zip_longest(entries, entries[1:]):
            if entry["notebook"] == name:
                parts = _lesson_parts(entry, after, kind, content["companions"], tell)
                return _with_tables(_written(text, name, *parts), tell)
            if name == f"exercises/{entry.get('exercises', {}).get('notebook')}":
                return _written(text, name, *_exercise_parts(entry, after, tell))
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


def _lesson_parts(entry: dict, after: dict | None, kind: str, companions: list[dict], tell: Tell) -> tuple[str, ...]:
    """Title, bullets and end of a lesson."""
    folder = Path(entry["notebook"]).parent
    fast, full = _marked_minutes(entry, "fast", tell), _marked_minutes(entry, "full", tell)
    time = tell("- **Time** on 2 CPU cores: {fast} in fast mode, {full} in full mode.").format(fast=fast, full=full)
    if kind == "chapter":
        time += f"<!-- gpu {_number(entry)} --><!-- end of gpu -->"
    bullets = [
        f"{time} {tell(entry['time'])}",
        tell("- **You need** {needs}").format(needs=tell(entry["needs"])),
        tell(
            "- **How to work**: answer each question on paper first. The output that answers it is folded away; run "
            "the cell, and it\n  opens. (A click on the three dots opens it, too.)"
        ),
    ]
    end = []
    if "exercises" in entry:
        link = f"exercises/{entry['exercises']['notebook']}.ipynb"
        own = tell("**Exercises:** [{count} exercises]({link}) on this chapter; each checks your answer.")
        end.append(own.format(count=len(_points(entry)), link=link))
    if after:
        brings = tell(after["brings"])
        end.append(tell("**Next:** {link} {brings}.").format(link=_link(after, folder, tell), brings=brings))
    else:
        chapter, companion = tell("**Next:** this is the last chapter."), tell("**Next:** this is the last companion.")
        end.append(chapter if kind == "chapter" else companion)
    end += [
        tell("**In PyTorch:** {link}.").format(link=_link(companion, folder, tell))
        for companion in companions
        if kind == "chapter" and _number(companion) == _number(entry)
    ]
    return f"# {_number(entry)} · {tell(entry['title'])}", "\n".join(bullets), "\n\n".join(end)


def _exercise_parts(entry: dict, after: dict | None, tell: Tell) -> tuple[str, ...]:
    """Title, bullets and end of a chapter's exercises."""
    own = entry["exercises"]
    hours = {60: tell("about an hour"), 90: tell("about an hour and a half")}
    hour = hours.get(own["minutes"]) or tell("about {minutes} minutes").format(minutes=own["minutes"])
    bullets = [
        tell("- **Time**: {hour}. {remark}").format(hour=hour, remark=tell(own["time"])),
        tell(
            "- **How to work**: write your answer where the three dots are, or below `# Your code here`. Run the cell, "
            "then the one\n  with `check`: it says *right*, *not right yet* (and what may have gone wrong) or *not "
            "tried yet*. Try as often as you\n  like."
        ),
        tell(
            "- **Stuck?** Open a new cell: `check.ex1.hint()`. The first call gives a nudge, the second asks for a "
            "value on the way,\n  the third gives a method. If nothing else helps: `check.ex1.solution()`."
        ),
    ]
    if not after:
        end = tell("**Next:** this is the last chapter.")
    else:
        link = f"[{_number(after)} · {tell(after['title'])}](../{after['notebook']}.ipynb)"
        more = tell("**Next:** {link}, or its [exercises]({exercises}.ipynb).")
        more = more if "exercises" in after else tell("**Next:** {link}.")
        end = more.format(link=link, exercises=after.get("exercises", {}).get("notebook"))
    return f"# {tell('Exercises')} {_number(entry)} · {tell(own['title'])}", "\n".join(bullets), end


def _number(entry: dict) -> str:
    return Path(entry["notebook"]).name[:2]


def _link(entry: dict, folder: Path, tell: Tell) -> str:
    """Link to a lesson, from a lesson in that folder."""
    path = Path(entry["notebook"])
    return f"[{_number(entry)} · {tell(entry['title'])}]({path.relative_to(folder).as_posix()}.ipynb)"


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


def _marked_minutes(entry: dict, mode: str, tell: Tell) -> str:
    """Minutes as `tools.figures` keeps them up to date in prose."""
    name, key = Path(entry["notebook"]).name, f"{mode}_minutes"
    found = _time(name, key)
    minutes = found if found == "?" else f"{found}<!-- chapters.{name}.{key} -->"
    return tell("{minutes} minutes").format(minutes=minutes)


def chapter_table(tell: Tell = str) -> str:
    """Chapters as a table for a README, each with its exercises and its companion."""
    content = course()
    companions = {_number(entry): entry["notebook"] for entry in content["companions"]}
    rows = [
        tell("| | chapter | what you can do afterwards | data | minutes, fast / full | exercises | PyTorch |"),
        "|---|---|---|---|---|---|---|",
    ]
    for entry in content["chapters"]:
        number, own = _number(entry), entry.get("exercises")
        cells = (
            number,
            f"[{tell(entry['title'])}](notebooks/{entry['notebook']}.ipynb)",
            tell(entry["afterwards"]),
            tell(entry["data"]),
            f"{_time(entry['notebook'], 'fast_minutes')} / {_time(entry['notebook'], 'full_minutes')}",
            f"[{len(_points(entry))}](notebooks/exercises/{own['notebook']}.ipynb)" if own else "",
            f"[{number}](notebooks/{companions[number]}.ipynb)" if number in companions else "",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return _lines(rows)


def map_table(tell: Tell = str) -> str:
    """Chapters as a table for a lesson in ``notebooks/``: the way through the course, and what each takes."""
    rows = [tell("| | chapter | what you can do afterwards | minutes, fast / full |"), "|---|---|---|---|"]
    for entry in course()["chapters"]:
        link = f"[{tell(entry['title'])}]({entry['notebook']}.ipynb)"
        minutes = f"{_time(entry['notebook'], 'fast_minutes')} / {_time(entry['notebook'], 'full_minutes')}"
        rows.append(f"| {_number(entry)} | {link} | {tell(entry['afterwards'])} | {minutes} |")
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
    "grading": grading_table,
    "ladders": ladder_tables,
}


LESSON_TABLES: dict[str, Callable[[Tell], str]] = {"map": map_table, "glossary": glossary_table}


def _with_tables(text: str, tell: Tell) -> str:
    """Text of a lesson with its tables, each between comments as in a document."""
    for name, table in LESSON_TABLES.items():
        section = re.compile(rf"(?<=^# <!-- {name} -->\n).*?(?=^# <!-- end of {name} -->)", re.DOTALL | re.MULTILINE)
        if section.search(text):
            rows = "".join(f"# {row}\n" for row in table(tell).splitlines())
            text = section.sub(lambda _, rows=rows: rows, text)
    return text


def document(text: str) -> str:
    """Text of a document with its tables, each between ``<!-- NAME -->`` and ``<!-- end of NAME -->``."""
    for name, table in TABLES.items():
        section = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        text = section.sub(lambda _, table=table: table(), text)
    return text
