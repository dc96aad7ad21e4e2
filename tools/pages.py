"""Makes a page of the web site from a stored notebook, in a form that myst-nb and every reader understands."""

import re

import nbformat
from nbformat import NotebookNode

from helpers.explore.page import FRAME
from tools.notebooks import BADGE, badge, repository

EXPLORER = '<p><a href="../explorer.html">Open the explorer of this site.</a></p>'
EMPHASIS = re.compile(r"(?<!\*)\*(?![\s*])((?:[^*\n]|\n(?!\n))+?)(?<![\s*])\*(?!\*)")
CAPTION = re.compile(r'caption="([^"]+)"')
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
COLAB = re.compile(r"\]\((https://colab\.research\.google\.com/github/([^)]+\.ipynb))\)")
SHOWN = ("image/png", "image/jpeg", "text/html", "text/plain")
ACCESSIBLE = {
    'role="heading">': 'role="heading" aria-level="2">',
    "<pre": '<pre tabindex="0"',  # what may scroll must be reached by keys
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<summary aria-label="Toggle hidden content">': "<summary>",  # it has a text of its own
}


def as_page(content: NotebookNode, name: str) -> NotebookNode:
    """Make a page: what needs a kernel or a foreign host is left out, answers are folded, figures are described.

    Args:
        content: the notebook; it is changed.
        name: its path in the repository.

    Returns:
        The same notebook.
    """
    heading = ""
    for cell, after in zip(content.cells, [*content.cells[1:], None], strict=True):
        if cell.cell_type == "code":
            _prepare(cell, _description(cell, after, heading))
            continue
        cell.source = BADGE.sub("", cell.source)
        heading = (re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE) or [heading])[-1]
    content.metadata.pop("widgets", None)
    if buttons := _buttons(name):
        first = content.cells[0]
        first.source = re.sub(
            r"^# .*$", lambda title: f"{title[0]}\n\n{buttons}", first.source, count=1, flags=re.MULTILINE
        )
    return content


def accessible(page: str) -> str:
    """Add what Sphinx leaves out for those who use a keyboard or a screen reader."""
    for found, better in ACCESSIBLE.items():
        page = page.replace(found, better)
    return page


def _prepare(cell: NotebookNode, description: str) -> None:
    """Fold a code cell's answer, or the set-up cell itself, and describe its figures."""
    tags, hidden = cell.metadata.get("tags", []), cell.metadata.get("jupyter", {}).get("outputs_hidden")
    cell.outputs = [output for output in map(_shown, cell.outputs) if output]
    fold, settings = [], {"image": {"alt": description}}
    if "setup" in tags:
        fold, settings["code_prompt_show"] = ["hide-input"], "Show the set-up cell"
    elif hidden and cell.outputs:
        fold = ["hide-output"]
    cell.metadata = nbformat.from_dict({"tags": fold, "mystnb": settings})


def _shown(output: NotebookNode) -> NotebookNode | None:
    """An output as the page shows it; None for one that does nothing there."""
    data = output.get("data")
    if data is None:
        return output
    if "application/vnd.jupyter.widget-view+json" in data or "application/javascript" in data:
        return None
    if data.get("text/html", "").startswith(
        FRAME.partition("{")[0]
    ):  # the site has the network already, on a page of its own
        data = {"text/html": EXPLORER}
    output["data"] = nbformat.from_dict({kind: data[kind] for kind in SHOWN if kind in data})
    return output


def _description(cell: NotebookNode, after: NotebookNode | None, heading: str) -> str:
    """What a cell's figure shows: the caption in the text behind it, else in the code, else the first hint in the text.

    Captions are emphasised: they begin the text behind a figure, or are a sentence of it.
    """
    text = COMMENT.sub("", after.source) if after is not None and after.cell_type == "markdown" else ""
    emphasised, own = EMPHASIS.search(text), CAPTION.search(cell.source)
    begins = emphasised and not text[: emphasised.start()].strip()
    if emphasised and (begins or (not own and emphasised[1].endswith("."))):
        description = emphasised[1]
    else:
        description = own[1] if own else f"Figure of the section: {heading}"
    return re.sub(r"[`*$]", "", " ".join(description.split()))


def _buttons(name: str) -> str:
    """Links to open a notebook in Colab and to download it; only a course that is published on GitHub has them."""
    address = COLAB.search(badge(repository(), name))
    if not address:
        return ""
    file = f"https://github.com/{address[2].replace('/blob/', '/raw/')}"
    return (
        f'<a class="button" href="{address[1]}">Open in Colab</a> '
        f'<a class="button" href="{file}" download>Download the notebook</a>'
    )
