"""Writes the stored notebooks as web pages with a table of contents: ``python -m tools.book``."""

import re
import shutil

import mistune
import nbformat
from nbconvert import HTMLExporter

from tools.notebooks import NOTEBOOKS, ROOT, chapters, read_notebook, strangers

FOLDED = re.compile(r"(<details><summary>.*?</summary>)(.*?)</details>", re.DOTALL)
BOOK = ROOT / "build" / "book"
PAGE = """{% extends 'index.html.j2' %}
{% block outputs %}
{% if cell.metadata.get("jupyter", {}).get("outputs_hidden") %}
<details><summary>Show the output</summary>{{ super() }}</details>
{% else %}{{ super() }}{% endif %}
{% endblock outputs %}"""
INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 18px/1.6 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }}</style></head>
<body><h1>{title}</h1><ol>
{entries}
</ol></body></html>
"""


def title(content: nbformat.NotebookNode) -> str:
    """Return the first heading of a notebook."""
    return next(line[2:] for cell in content.cells for line in cell.source.splitlines() if line.startswith("# "))


def without_widgets(content: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out widgets: without a kernel they do nothing, and the page would fetch their scripts from the network."""
    content.metadata.pop("widgets", None)
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                o for o in cell.outputs if "application/vnd.jupyter.widget-view+json" not in o.get("data", {})
            ]
    return content


def with_folded_answers(content: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Make each ``<details>`` one block of HTML: nbconvert closes it at a blank line, and answers would show."""
    markdown = mistune.create_markdown(plugins=["table"])
    for cell in content.cells:
        if cell.cell_type == "markdown":
            cell.source = FOLDED.sub(
                lambda match: match[1] + markdown(match[2]).replace("\n", " ") + "</details>", cell.source
            )
    return content


def main() -> None:
    """Convert every notebook; the outputs are those that are stored, nothing is run."""
    shutil.rmtree(BOOK, ignore_errors=True)
    entries = []
    for path in chapters():
        page = (BOOK / path.relative_to(NOTEBOOKS)).with_suffix(".html")
        page.parent.mkdir(parents=True, exist_ok=True)
        content = with_folded_answers(without_widgets(read_notebook(path)))
        html, _ = HTMLExporter(embed_images=True, raw_template=PAGE).from_notebook_node(content)
        page.write_text(html, encoding="utf-8")
        entries.append(f'<li><a href="{page.relative_to(BOOK).as_posix()}">{title(content)}</a></li>')
        print("written:", page.relative_to(ROOT))
    heading = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    (BOOK / "index.html").write_text(INDEX.format(title=heading, entries="\n".join(entries)), encoding="utf-8")
    for path in strangers():
        print(f"not of the course, left alone: {path.relative_to(ROOT)}")
    print("open:", (BOOK / "index.html").relative_to(ROOT))


if __name__ == "__main__":
    main()
