"""The sentences of helpers, exercises and course.toml, and their translations in translations/ko/messages/.

`tools.sync` brings the .po files up to date and compiles those of helpers and exercises to helpers/locale/, where
`helpers.language` finds them.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib

from helpers.language import IN_SCRIPTS, LOCALE
from tools import catalogue
from tools.course import course
from tools.figures import SHIPPED, facts
from tools.glossary import terms
from tools.notebooks import ADVICE, CHECKS, EDITION, ROOT

FOLDER = catalogue.TRANSLATIONS / "messages"
COURSE = "course"
MO = LOCALE / EDITION / "LC_MESSAGES" / "course.mo"
SPEAKERS = {"say", "tell", "Wrong", "NotTried", "UnreadableError"}  # their first argument is a sentence
SENTENCE = re.compile(r".+ .+ .+[.?!]")
FORMS = {"a_value", "a_function", "exercise"}  # hints, mistakes and praise are sentences


def sources() -> dict[str, list[Path]]:
    """Catalogue -> the files whose sentences it holds. Chapters count as translated once their file is there."""
    helpers, tools = ROOT / "helpers", set((ROOT / "tools").glob("*.py"))
    grading = {ROOT / "tools" / name for name in ("apart.py", "conversation.py")}  # students read what they say
    spoken = [*sorted(helpers.rglob("*.py")), *sorted(helpers.rglob("*.js"))]
    found = {COURSE: sorted(tools - grading), "helpers": spoken}
    found["exercises"] = [*sorted(CHECKS.glob("*.py")), *sorted(grading)]
    chapters = {folder.name: [folder / "__init__.py"] for folder in sorted(CHECKS.glob("chapter_*"))}
    return found | {name: files for name, files in chapters.items() if po(name).exists()}


def po(name: str) -> Path:
    """Path of a catalogue."""
    return FOLDER / f"{name}.po"


def sentences(path: Path) -> list[str]:
    """Sentences in a file, in order: what is handed to `SPEAKERS` and `FORMS`, or to ``say`` in JavaScript."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        return IN_SCRIPTS.findall(text)
    tree = ast.parse(text)
    named = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}

    def texts(*nodes: ast.expr) -> Iterator[ast.Constant]:
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
                yield node
            elif isinstance(node, ast.IfExp):
                yield from texts(node.body, node.orelse)
            elif isinstance(node, ast.Tuple):
                yield from texts(*node.elts)
            elif isinstance(node, ast.Dict):
                yield from texts(*node.values)
            elif isinstance(node, ast.Subscript):
                yield from texts(node.value)
            elif isinstance(node, ast.Name) and node.id in named:
                yield from texts(named[node.id])

    found, of_a_chapter = [], CHECKS in path.parents[1:]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in SPEAKERS:
                found += texts(*node.args[:1])
            if name == "map" and getattr(node.args[0], "id", "") in SPEAKERS:
                given = named.get(ast.unparse(node.args[1]), node.args[1])
                found += texts(*given.keys) if isinstance(given, ast.Dict) else texts(given)
            if name in FORMS:
                words = {word.arg: word.value for word in node.keywords}
                found += texts(*node.args, *(words[word] for word in ("otherwise", "well") if word in words))
        if of_a_chapter and isinstance(node, ast.Constant) and SENTENCE.fullmatch(str(node.value)):
            found.append(node)  # mistakes, and what a judge says besides
    remarks = {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = [text for text in found if text.value not in remarks]
    return [text.value for text in sorted(found, key=lambda text: (text.lineno, text.col_offset))]


def of_the_course() -> Iterator[str]:
    """Sentences of course.toml and of the glossary, and what `tools.gpu` has timed."""
    yield ADVICE
    content = course()
    for entry in content["chapters"] + content["companions"]:
        yield from (entry[key] for key in ("title", "afterwards", "data", "time", "needs", "brings"))
        yield from (entry["exercises"][key] for key in ("title", "time") if "exercises" in entry)
    yield from (entry["meaning"] for entry in terms())
    if (SHIPPED / "gpu.json").exists():
        yield from (work.partition(": ")[2] for work in facts("gpu", SHIPPED)["seconds"])


def current(name: str) -> polib.POFile:
    """A catalogue as it should be."""
    texts = [text for file in sources()[name] for text in sentences(file)]
    texts += of_the_course() if name == COURSE else []
    return catalogue.updated(po(name), [(text, "sentence") for text in texts])


def catalogues() -> dict[str, polib.POFile]:
    """Every catalogue as it should be."""
    return {name: current(name) for name in sources()}


def compiled(found: dict[str, polib.POFile]) -> bytes:
    """The catalogues of helpers and exercises as `gettext` reads them."""
    together = polib.POFile()
    together.metadata = {"Language": EDITION, "Content-Type": "text/plain; charset=utf-8"}
    entries = {}
    for name, entry in ((key, entry) for key in found if key != COURSE for entry in found[key]):
        if entry.msgstr and not entry.fuzzy and entries.setdefault(entry.msgid, entry).msgstr != entry.msgstr:
            raise ValueError(f"{po(name).relative_to(ROOT)} translates otherwise than another file: {entry.msgid}")
    together.extend(entries.values())
    return together.to_binary()


def write() -> None:
    """Bring the catalogues up to date, and compile them."""
    found = catalogues()
    for name, content in found.items():
        catalogue.write(po(name), content)
    MO.parent.mkdir(parents=True, exist_ok=True)
    MO.write_bytes(compiled(found))
