"""Makes the web site from the stored notebooks and course.toml: ``python -m tools.site``. Nothing is run.

The pages lie as the repository does (README as the front page, ``notebooks/...``), so that all links in them hold.
"""

import re
import shutil
import sys
from pathlib import Path

import nbformat

from helpers.explore.page import as_script, parts
from tools.course import course
from tools.glossary import glossary_table
from tools.networks import write_networks
from tools.notebooks import ROOT, chapters, read_notebook
from tools.pages import accessible, as_page

SITE = ROOT / "site"
SOURCE, STATIC, PAGES, CACHE = (ROOT / "build" / name for name in ("site-source", "site-static", "site", "site-cache"))
INVITATION = "**[Draw a digit, and watch a network compute it](explorer.md)**, here in your browser."
DOCUMENTS = ("RESULTS.md", "TEACHING.md", "CONTRIBUTING.md")
LINKED = (
    "LICENSE",
    "site/cover.jpg",
    "data/README.md",
    "models/efficientnet_lite0.NOTICE.txt",
)  # and READMEs and licences below data/


def main() -> None:
    """Lay all pages out, and let Sphinx make the site in ``build/site/``."""
    try:
        from sphinx.cmd.build import build_main
    except ImportError:
        sys.exit("The site needs Sphinx: make site brings it, or pip install -r requirements-site.txt.")
    lay_out()
    code = build_main(["-q", "-b", "html", "-j", "auto", "-c", str(SITE), "-d", str(CACHE), str(SOURCE), str(PAGES)])
    if code:
        sys.exit(code)
    for page in PAGES.rglob("*.html"):
        page.write_text(accessible(page.read_text(encoding="utf-8")), encoding="utf-8")
    print("open:", (PAGES / "index.html").relative_to(ROOT))


def lay_out() -> None:
    """Write what Sphinx reads: pages into one folder, fonts and networks into another."""
    for folder in (SOURCE, STATIC, PAGES):
        shutil.rmtree(folder, ignore_errors=True)
    for path in chapters():
        page = as_page(read_notebook(path), path.relative_to(ROOT).as_posix())
        nbformat.write(page, _made(SOURCE / path.relative_to(ROOT)))
    of_data = [path for name in ("README.md", "LICENSE") for path in ROOT.glob(f"data/*/{name}")]
    linked = [*LINKED, *(path.relative_to(ROOT).as_posix() for path in of_data)]
    for name in (*DOCUMENTS, *linked):
        shutil.copyfile(ROOT / name, _made(SOURCE / name))
    for name in linked:
        if name.endswith(".md"):  # not in the side bar
            _write(name, f"---\norphan: true\n---\n\n{_read(name)}")
    front = _read("README.md").replace("\n## ", f"\n{INVITATION}\n\n## ", 1)
    _write("index.md", f"{front}\n{contents()}")
    _write("glossary.md", f"# Glossary\n\n{glossary_table().replace('](', '](notebooks/')}")
    _write("explorer.md", _read("site/explorer.md").replace("EXPLORER", explorer(write_networks(STATIC / "networks"))))
    for name in ("site/site.css", "site/fonts/STIXTwoMath-subset.woff2", "data/fonts/CourseHangul.ttf"):
        shutil.copy(ROOT / name, STATIC)


def contents() -> str:
    """The order of the pages, which makes the side bar and the buttons for the next page."""
    content = course()
    exercises = [f"notebooks/exercises/{own['notebook']}" for e in content["chapters"] if (own := e.get("exercises"))]
    groups = {
        "Explorer": ["Look inside, live <explorer>"],
        "Chapters": [f"notebooks/{entry['notebook']}" for entry in content["chapters"]],
        "Exercises": exercises,
        "In PyTorch": [f"notebooks/{entry['notebook']}" for entry in content["companions"]],
        "More": ["glossary", *(name.removesuffix(".md") for name in DOCUMENTS)],
    }
    return "".join(
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "".join(f"{page}\n" for page in pages) + "```\n\n"
        for caption, pages in groups.items()
    )


def explorer(networks: dict[str, str]) -> str:
    """The explorer as HTML, without empty lines, at which Markdown would end it.

    Args:
        networks: name -> title of each network in ``_static/networks/``.
    """
    places = {name: {"title": title, "source": f"_static/networks/{name}.js"} for name, title in networks.items()}
    opened = f"window.explorer = openExplorer(document.getElementById('explorer'), {{networks: {as_script(places)}}});"
    return re.sub(r"\n\s*\n", "\n", f'<div id="explorer"></div>{parts()}<script>{opened}</script>')


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _write(name: str, text: str) -> None:
    (SOURCE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
