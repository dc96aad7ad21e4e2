"""Makes the web site from the stored notebooks and course.toml: ``python -m tools.site``. Nothing is run.

The English pages lie as the repository does (README as the front page, ``notebooks/...``), so that all links in them
hold. The Korean ones lie below ``ko/`` under the same names.
"""

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import nbformat

from helpers.language import spoken
from tools.bilingual import DOCUMENTS, SOURCES, teller
from tools.course import course
from tools.glossary import glossary_table
from tools.notebooks import EDITION, NOTEBOOKS, ROOT, chapters, editions, read_notebook
from tools.pages import accessible, as_page

SITE = ROOT / "site"
STATIC, PAGES, CACHE = (ROOT / "build" / name for name in ("site-static", "site", "site-cache"))
LINKED = (
    "LICENSE",
    "site/cover.jpg",
    "data/README.md",
    "models/efficientnet_lite0.NOTICE.txt",
)  # and READMEs and licences below data/
LINK = re.compile(r"(?<!!)\[((?:[^\[\]`]|`[^`]*`)*)\]\(([\w./-]+\.\w+|LICENSE)(#[\w-]+)?\)")


def main() -> None:
    """Lay all pages out, and let Sphinx make the site in ``build/site/``, both languages at a time."""
    try:
        import sphinx.cmd.build  # noqa: F401
    except ImportError:
        sys.exit("The site needs Sphinx: make site brings it, or pip install -r requirements-site.txt.")
    lay_out()
    makers = [subprocess.Popen(_sphinx(language), env=_speaking(language)) for language in SOURCES]
    if codes := [code for code in (maker.wait() for maker in makers) if code]:
        sys.exit(codes[0])
    shutil.rmtree(PAGES / "jupyter_execute", ignore_errors=True)  # MyST-NB leaves it beside the Korean pages
    for page in PAGES.rglob("*.html"):
        korean = pages_of(EDITION) in page.parents
        page.write_text(accessible(page.read_text(encoding="utf-8"), korean), encoding="utf-8")
    print("open:", (PAGES / "index.html").relative_to(ROOT))


def pages_of(language: str) -> Path:
    """Folder of the pages in a language."""
    return PAGES / EDITION if language == EDITION else PAGES


def _speaking(language: str) -> dict[str, str]:
    return os.environ | {"COURSE_LANGUAGE": language}


def _sphinx(language: str) -> list[str]:
    places = [str(path) for path in (SITE, CACHE / language, SOURCES[language], pages_of(language))]
    return [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-j", "auto", "-c", places[0], "-d", *places[1:]]


def lay_out() -> None:
    """Write what Sphinx reads: pages into a folder for each language, fonts and networks into another."""
    from tools.networks import write_networks

    for folder in (*SOURCES.values(), STATIC, PAGES):
        shutil.rmtree(folder, ignore_errors=True)
    write_networks(STATIC / "networks")
    for name in ("site/site.css", "site/fonts/STIXTwoMath-subset.woff2", "data/fonts/CourseHangul.ttf"):
        shutil.copy(ROOT / name, STATIC)
    before = os.environ.get("COURSE_LANGUAGE", "")
    for language in SOURCES:
        os.environ["COURSE_LANGUAGE"] = language
        _lay_out_edition()
    os.environ["COURSE_LANGUAGE"] = before


def _lay_out_edition() -> None:
    """Write the pages in the language that is spoken now."""
    language, tell = spoken(), teller()
    korean = language == EDITION
    for path in editions() if korean else chapters():
        page = as_page(read_notebook(path), path.relative_to(ROOT).as_posix(), tell)
        for cell in page.cells:
            if korean and cell.cell_type == "markdown":
                cell.source = linked(cell.source, path.relative_to(ROOT).parent.as_posix())
        folder = NOTEBOOKS / EDITION if korean else NOTEBOOKS
        nbformat.write(page, _made(SOURCES[language] / "notebooks" / path.relative_to(folder)))
    of_data = [path for name in ("README.md", "LICENSE") for path in ROOT.glob(f"data/*/{name}")]
    others = [*LINKED, *(path.relative_to(ROOT).as_posix() for path in of_data)]
    for name in others if korean else [*DOCUMENTS, *others]:
        if not name.endswith(".md"):
            shutil.copyfile(ROOT / name, _made(SOURCES[language] / name))
        elif not korean:
            orphan = "" if name in DOCUMENTS else "---\norphan: true\n---\n\n"  # not in the side bar
            _write(name, f"{orphan}{_read(name)}")
    _write("index.md", f"{_front(tell)}\n{contents()}")
    _write("glossary.md", f"# {tell('Glossary')}\n\n" + _glossary(tell))
    _write("explorer.md", _explorer_page(tell))


def _front(tell: Callable[[str], str]) -> str:
    """README as the front page; its line of languages is above every page."""
    from tools.readme import ENGLISH, IN_KOREAN, KOREAN, LANGUAGES

    korean = spoken() == EDITION
    text = (KOREAN if korean else ENGLISH).read_text(encoding="utf-8")
    text = text.replace(f"{IN_KOREAN if korean else LANGUAGES}\n\n", "")
    invitation = tell("**[Draw a digit, and watch a network compute it](explorer.md)**, here in your browser.")
    text = linked(text, ".") if korean else text
    return text.replace("\n## ", f"\n{invitation}\n\n## ", 1)


def _glossary(tell: Callable[[str], str]) -> str:
    table = glossary_table(tell)
    if spoken() == EDITION:
        return linked(table.replace("](", f"](notebooks/{EDITION}/"), ".")
    return table.replace("](", "](notebooks/")


def _explorer_page(tell: Callable[[str], str]) -> str:
    parts = [
        "---\nhide-toc: true\n---",
        f"# {tell('Look inside a network while it computes')}",
        tell(
            "Draw, choose a test picture or drop a photograph, and see every layer compute it. Click on a point of a "
            "map, and its arithmetic opens below. Click on a probability for Grad-CAM. In a notebook, "
            "`helpers.explore.show(model, images)` opens any network of yours."
        ),
        f"```{{raw}} html\n{explorer()}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def linked(text: str, folder: str) -> str:
    """Text of a Korean page with links that hold below ``ko/``: what has no Korean page is the English one.

    Args:
        text: of the notebook or document.
        folder: where that lies in the repository.
    """
    own = folder.replace(f"notebooks/{EDITION}", "notebooks")

    def link(match: re.Match) -> str:
        words, target, anchor = match[1], posixpath.normpath(f"{folder}/{match[2]}"), match[3] or ""
        english = target.replace(f"notebooks/{EDITION}/", "notebooks/")
        if target.endswith((".md", ".ipynb")) and (english == target or not (ROOT / target).exists()):
            page = PurePosixPath("..", "index" if english == "README.md" else english).with_suffix(".html")
            return f'<a href="{posixpath.relpath(page, own)}{anchor}" hreflang="en">{words}</a>'
        return f"[{words}]({posixpath.relpath(english, own)}{anchor})"

    return LINK.sub(link, text)


def contents() -> str:
    """The order of the pages, which makes the side bar and the buttons for the next page."""
    content, tell, korean = course(), teller(), spoken() == EDITION
    exercises = [f"exercises/{own['notebook']}" for entry in content["chapters"] if (own := entry.get("exercises"))]

    def there(names: Iterable[str]) -> list[str]:
        folder = NOTEBOOKS / EDITION if korean else NOTEBOOKS
        return [f"notebooks/{name}" for name in names if (folder / f"{name}.ipynb").exists()]

    groups = {
        tell("Explorer"): [f"{tell('Look inside, live')} <explorer>"],
        tell("Chapters"): there(entry["notebook"] for entry in content["chapters"]),
        tell("Exercises"): there(exercises),
        tell("In PyTorch"): there(entry["notebook"] for entry in content["companions"]),
        tell("More"): ["glossary", *([] if korean else [name.removesuffix(".md") for name in DOCUMENTS])],
    }
    return "".join(
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "".join(f"{page}\n" for page in pages) + "```\n\n"
        for caption, pages in groups.items()
    )


def explorer() -> str:
    """The explorer as HTML, without empty lines, at which Markdown would end it."""
    from helpers.explore.page import as_script, parts
    from tools.networks import KOREAN_CLASSES, titles

    korean = spoken() == EDITION
    up = "../" if korean else ""
    places = {
        name: {"title": title, "source": f"{up}_static/networks/{name}.js"}
        | ({"classes": KOREAN_CLASSES[name]} if korean and name in KOREAN_CLASSES else {})
        for name, title in titles(teller()).items()
    }
    opened = f"window.explorer = openExplorer(document.getElementById('explorer'), {{networks: {as_script(places)}}});"
    return re.sub(r"\n\s*\n", "\n", f'<div id="explorer"></div>{parts()}<script>{opened}</script>')


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _write(name: str, text: str) -> None:
    _made(SOURCES[spoken()] / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
