"""Makes the Korean notebooks of the English texts and translations/ko/: a part of ``python -m tools.sync``.

A notebook is translated once its .po file is there, and made anew once no entry of it is fuzzy or missing. Its entries
are its cells of text, and of its code the comments and the sentences (`pieces`); all else in the code stays as it is.
Figures, tables, head and end of a lesson are no part of an entry, but are written into the translation as into the
English text. Claims are left out: they are checked on the English outputs, and the Korean ones have the same numbers.
"""

import ast
import json
import os
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jupytext
import nbformat
import polib

from helpers.backend import letters
from tools import catalogue, course
from tools import messages as messages_of
from tools.claims import CLAIM
from tools.figures import FIGURE, with_figures
from tools.notebooks import (
    EDITION,
    NOTEBOOKS,
    ROOT,
    SOURCE,
    exercise_texts,
    notebook_of,
    repository,
    stamped,
    write_notebook,
)

BUILD = ROOT / "build" / EDITION
CELL = re.compile(r"^# %%(?P<kind> \[markdown\])?(?P<rest>[^\n]*)\n(?P<body>.*?)(?P<tail>\n*)(?=^# %%|\Z)", re.M | re.S)
MARKS = {
    "comments": re.compile(r"<!--.*?-->", re.DOTALL),
    "figures": FIGURE,
    "code": re.compile(r"```.*?```|`[^`]+`", re.DOTALL),
    "links": re.compile(r"\]\([^)]+\)"),
    "formulas": re.compile(r"\$\$[^$]+\$\$|\$[^$]+\$"),
}
WORD = re.compile(r"`\w+`")  # may be what a cell prints, and then it is translated
LINK = re.compile(r"(?<=\]\()([\w./]+\.(?:ipynb|md))(?=[)#])")
LITERAL = re.compile(r"[rRbBuUfF]{0,2}(\"\"\"|'''|\"|')")
# Where a single word is a sentence, too.
SPOKEN = {"print", "set_title", "set_xlabel", "set_ylabel", "suptitle", "text", "annotate", "legend", "set_yticks"}
LABELS = {"title", "label", "xlabel", "ylabel", "caption", "xticklabels", "yticklabels", "description"}
NO_SENTENCE = re.compile(r"(fmt|type): |noqa|(BEGIN|END) SOLUTION")


@dataclass(frozen=True)
class Piece:
    """A comment or a string in the code of a cell: where it stands, and whether it must be translated."""

    start: int
    end: int
    text: str
    kind: str
    sentence: bool


def po_of(text: Path) -> Path:
    """Path of the .po file of a text."""
    return (catalogue.TRANSLATIONS / notebook_of(text).relative_to(NOTEBOOKS)).with_suffix(".po")


def translated() -> list[Path]:
    """The texts that have a .po file, in reading order."""
    return [text for text in (*sorted(SOURCE.rglob("*.py")), *exercise_texts()) if po_of(text).exists()]


def drawn() -> list[Path]:
    """The translated texts whose Korean notebook is there: `tools.run` has run it once."""
    return [text for text in translated() if edition_of(text).exists()]


def edition_of(text: Path) -> Path:
    """Path of the Korean notebook that is made of a text."""
    return NOTEBOOKS / EDITION / notebook_of(text).relative_to(NOTEBOOKS)


def messages(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The entries of a text: those that must be translated, each with its kind, and the strings that may be."""
    needed, allowed = [], []
    for cell in CELL.finditer(_bare(text)):
        if cell["kind"]:
            needed.append((entry_of(_markdown(cell["body"])), "text"))
        elif "setup" not in cell["rest"]:
            for piece in pieces(cell["body"]):
                needed += [(piece.text, piece.kind)] if piece.sentence else []
                allowed += [] if piece.sentence else [piece.text]
    return needed, allowed


def _bare(text: str) -> str:
    """A text without what `tools.course` writes into it."""
    for pattern, place in ((course.TITLE, "# # …"), (course.BULLETS, "# - **Time** …"), (course.END, "# **Next:** …")):
        text = pattern.sub(place, text, count=1)
    return re.sub(r"(^# <!-- (map|glossary) -->\n).*?(?=^# <!-- end of \2 -->)", r"\1", text, flags=re.M | re.S)


def entry_of(markdown: str) -> str:
    """A cell of text as an entry: without claims, and with "…" for each figure."""
    markdown = re.sub(rf"\s*{CLAIM.pattern}", "", markdown, flags=re.DOTALL)
    return FIGURE.sub("…", markdown).strip("\n")


def _markdown(body: str) -> str:
    return "\n".join(line[2:] for line in body.splitlines())


def pieces(code: str) -> list[Piece]:
    """Comments and strings of a cell, in order.

    A string is a sentence if it has two words, or stands where people read it: printed, or as a label of a figure.

    Raises:
        ValueError: if a string consists of several literals.
    """
    lines = code.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def place(line, column):
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    found = []
    for node, spoken in _strings(ast.parse(code)):
        start, end = place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)
        opening = LITERAL.match(code, start)
        quotes = opening[1]
        start, end = opening.end(), end - len(quotes)
        if re.search(rf"(?<!\\){quotes}", code[start:end]):
            raise ValueError(f"Write one string, not several: {code[start:end]}")
        words = re.findall(r"[A-Za-z]{2,}", re.sub(r"\{.*?\}|\\.", " ", code[start:end]))
        if words:
            sentence = spoken or bool(re.search(r"[A-Za-z]\W*\s\W*[A-Za-z]{2,}", code[start:end]))
            found.append(Piece(start, end, code[start:end], "string", sentence))
    for token in tokenize.generate_tokens(iter(lines).__next__):
        if token.type == tokenize.COMMENT and re.search("[A-Za-z]{2}", token.string):
            start = starts[token.start[0] - 1] + token.start[1] + len(token.string) - len(token.string.lstrip("# "))
            if not NO_SENTENCE.match(code, start):
                text = token.string.lstrip("# ")
                found.append(Piece(start, start + len(text), text, "comment", True))
    return sorted(found, key=lambda piece: piece.start)


def _strings(tree: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """Each string of a syntax tree, and whether it stands where people read it."""

    def walk(node, spoken):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node, spoken
            return
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.keyword):
                    yield from walk(child.value, child.arg in LABELS)
                elif isinstance(child, ast.AST):
                    yield from walk(child, _is_spoken(node, name, spoken))

    yield from walk(tree, False)


def _is_spoken(node: ast.AST, field: str, spoken: bool) -> bool:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return field == "args" and name in SPOKEN
    return (spoken and isinstance(node, ast.List | ast.Tuple | ast.IfExp)) or isinstance(node, ast.FunctionDef)


def translate(text: str, known: dict[str, str]) -> str:
    """Put translations into a text, cell by cell.

    Args:
        text: an English lesson, in jupytext's percent format.
        known: entry -> translation; what has none stays.

    Returns:
        The Korean text, with "…" in the places of figures, head and end.

    Raises:
        ValueError: if a translation changes more than words; the message names it.
    """
    bare = _bare(text)
    sentences = {entry for entry, _ in messages(text)[0]}
    parts = [bare[: CELL.search(bare).start()]]
    for cell in CELL.finditer(bare):
        body = cell["body"]
        if cell["kind"]:
            entry = entry_of(_markdown(body))
            new = known.get(entry, entry)
            check_marks(entry, new)
            body = "\n".join(f"# {line}".rstrip() for line in new.split("\n"))
        elif "setup" not in cell["rest"]:
            body = _translated_code(body, known, sentences)
        parts.append(f"# %%{cell['kind'] or ''}{cell['rest']}\n{body}{cell['tail']}")
    return "".join(parts)


def _translated_code(code: str, known: dict[str, str], sentences: set[str]) -> str:
    """Translate sentences; a word such as "loss", which is one as a label, stays as it is where it is a key."""
    new = code
    for piece in reversed(pieces(code)):
        if piece.sentence or piece.text not in sentences:
            new = new[: piece.start] + known.get(piece.text, piece.text) + new[piece.end :]
    try:
        same = skeleton(new) == skeleton(code)
    except SyntaxError:
        same = False
    if not same:
        raise ValueError(f"A translation changes more than words in this cell:\n{new}")
    return new


def skeleton(code: str) -> tuple[str, list]:
    """What code does: its syntax tree without the words of its strings, and the values that its f-strings show."""
    tree, shown = ast.parse(code), []

    class Blank(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Constant("") if isinstance(node.value, str) else node

        def visit_JoinedStr(self, node):
            shown.append(Counter(ast.dump(self.visit(v)) for v in node.values if isinstance(v, ast.FormattedValue)))
            return ast.Constant("")

    return ast.dump(Blank().visit(tree)), shown


def check_marks(english: str, korean: str) -> None:
    """See that a translation has the comments, figures, code, links and formulas of the English cell.

    Raises:
        ValueError: if one is missing or changed, or a comment or figure comes too often; the message names them.
    """
    for kind, pattern in MARKS.items():
        before, after = (_marks(pattern, text) for text in (english, korean))
        if set(before) != set(after) or (kind in ("comments", "figures") and len(before) != len(after)):
            changed = ", ".join(sorted(set(before) ^ set(after))) or "a repetition"
            raise ValueError(f"{kind}: {changed} in the translation of: {' '.join(english.split())[:80]}")


def _marks(pattern: re.Pattern, text: str) -> list[str]:
    found = (re.sub(r"\\text\{[^}]*\}", "", mark) for mark in pattern.findall(text))  # words in a formula
    return [" ".join(mark.split()) for mark in found if not WORD.fullmatch(mark)]


def with_links(korean: str, text: Path) -> str:
    """Let links from a Korean notebook to what has no Korean edition lead to the English one."""
    english = {notebook_of(path) for path in drawn()}
    folder, edition = notebook_of(text).parent, edition_of(text).parent

    def link(match):
        target = Path(os.path.normpath(folder / match[1]))
        return match[1] if target in english else Path(os.path.relpath(target, edition)).as_posix()

    return LINK.sub(link, korean)


def korean_text(text: Path) -> str:
    """The Korean text of a lesson or of exercises, complete with figures, tables, head and end.

    Raises:
        ValueError: if a translation changes more than words.
        KeyError: if course.po lacks a sentence.
    """
    edition = edition_of(text)
    new = translate(text.read_text(encoding="utf-8"), catalogue.translations(po_of(text)))
    new = course.lesson(new, notebook_of(text).relative_to(NOTEBOOKS).with_suffix("").as_posix(), tell)
    new = stamped(new, repository(), edition.relative_to(ROOT).as_posix(), tell, EDITION)
    return with_links(with_figures(new, tell), text)


def tell(sentence: str) -> str:
    """Translate a sentence of course.toml, of the glossary or of `tools.course`.

    Raises:
        KeyError: if its translation is missing.
    """
    return _course()[sentence]


@cache
def _course() -> dict[str, str]:
    return catalogue.translations(messages_of.po(messages_of.COURSE))


def korean_draft(text: Path) -> Path:
    """Write the Korean text of a lesson or of exercises to build/, and return its path."""
    draft = BUILD / text.relative_to(ROOT)
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(korean_text(text), encoding="utf-8")
    return draft


def korean_notebook(text: Path) -> nbformat.NotebookNode:
    """The Korean notebook of a text, without outputs. That of exercises needs nbgrader."""
    draft = korean_draft(text)
    if SOURCE in text.parents:
        content = jupytext.read(draft)
        content.metadata.pop("jupytext", None)
    else:
        from tools.exercises import learners, write_beside

        content = learners(draft, tell)
        write_beside(draft, text.parents[1], f".{EDITION}")
    for number, cell in enumerate(content.cells):
        cell.id = f"{EDITION}-{text.stem[:2]}-{number}"
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's own note
    return content


def write(exercises: bool) -> None:
    """Bring the .po files up to date, and each notebook that has been drawn, if its translation is whole.

    Args:
        exercises: make those of the exercises, too.
    """
    messages_of.write()
    _course.cache_clear()
    for text in translated():
        catalogue.write(po_of(text), current(text))
    letters.LABELS.write_text(json.dumps(labels(), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    for text in complete():
        if not edition_of(text).exists():
            print("translated, but not drawn yet (make korean):", po_of(text).relative_to(ROOT))
        elif exercises or SOURCE in text.parents:
            write_notebook(edition_of(text), korean_notebook(text))


def labels() -> dict[str, str]:
    """Korean -> English: what figures may say, for machines without Korean letters (`helpers.backend.letters`)."""
    entries = [entry for entry in catalogue.read(messages_of.po("helpers")) if not entry.fuzzy]
    for text in translated():
        entries += [entry for entry in catalogue.read(po_of(text)) if entry.comment == "string" and not entry.fuzzy]
    found = {_shown(entry.msgstr): _shown(entry.msgid) for entry in reversed(entries)}
    own = {korean: "".join(letters.HANGUL.findall(letters.VALUE.sub("", korean))) for korean in found}
    # One letter beside a value, such as 개, says too little of what the label is.
    kept = [korean for korean in found if len(own[korean]) > ("{" in korean)]
    return {korean: found[korean] for korean in sorted(kept, key=lambda korean: (-len(own[korean]), korean))}


def _shown(literal: str) -> str:
    """What a string of Python shows: its line ends are no letters."""
    return literal.replace("\\n", "\n").strip()


def complete() -> list[Path]:
    """The texts of which a Korean notebook is made: nothing is missing, here and in the sentences of the course."""
    if catalogue.unfinished(messages_of.current(messages_of.COURSE)):
        return []
    return [text for text in translated() if not catalogue.unfinished(current(text))]


def current(text: Path) -> polib.POFile:
    """The .po file of a text as it should be."""
    return catalogue.updated(po_of(text), *messages(text.read_text(encoding="utf-8")))
