"""Makes a page of the web site from a stored notebook, in a form that myst-nb and every reader understands."""

import re
from collections.abc import Callable

import nbformat
from nbformat import NotebookNode

from helpers.explore.page import FRAME
from tools.notebooks import BADGE, badge, repository

EXPLORER = '<p><a href="../explorer.html">{}</a></p>'
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

THEME = {  # what Furo says in English only
    "Toggle Light / Dark / Auto color theme": "밝은 화면과 어두운 화면 바꾸기",
    "Toggle site navigation sidebar": "메뉴 여닫기",
    "Toggle table of contents sidebar": "목차 여닫기",
    "<title>Expand</title>": "<title>펼치기</title>",
    "<title>Menu</title>": "<title>메뉴</title>",
    "<title>Contents</title>": "<title>목차</title>",
    "<title>Light mode</title>": "<title>밝은 화면</title>",
    "<title>Dark mode</title>": "<title>어두운 화면</title>",
    "<title>Auto light/dark, in light mode</title>": "<title>자동, 지금은 밝은 화면</title>",
    "<title>Auto light/dark, in dark mode</title>": "<title>자동, 지금은 어두운 화면</title>",
    "Skip to content": "본문으로 건너뛰기",
    "<span>Back to top</span>": "<span>맨 위로</span>",
    "On this page": "이 쪽의 차례",
    "<span>Next</span>": "<span>다음</span>",
    "<span>Previous</span>": "<span>이전</span>",
    '<div class="title">Home</div>': '<div class="title">첫 쪽</div>',
    "Made with \n": "만든 도구: \n",
    "Please activate JavaScript to enable the search functionality.": "검색하려면 자바스크립트를 켜세요.",
}


def as_page(content: NotebookNode, name: str, tell: Callable[[str], str] = str) -> NotebookNode:
    """Make a page: what needs a kernel or a foreign host is left out, answers are folded, figures are described.

    Args:
        content: the notebook; it is changed.
        name: its path in the repository.
        tell: gives sentences in the language of the page.

    Returns:
        The same notebook.
    """
    heading = ""
    for cell, after in zip(content.cells, [*content.cells[1:], None], strict=True):
        if cell.cell_type == "code":
            _prepare(cell, _description(cell, after, heading, tell), tell)
            continue
        cell.source = BADGE.sub("", cell.source)
        heading = (re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE) or [heading])[-1]
    content.metadata.pop("widgets", None)
    if buttons := _buttons(name, tell):
        first = content.cells[0]
        first.source = re.sub(
            r"^# .*$", lambda title: f"{title[0]}\n\n{buttons}", first.source, count=1, flags=re.MULTILINE
        )
    return content


def accessible(page: str, korean: bool = False) -> str:
    """Add what those need who use keys or a screen reader, and the Korean words that the theme lacks."""
    for found, better in (ACCESSIBLE | THEME if korean else ACCESSIBLE).items():
        page = page.replace(found, better)
    return page


def _prepare(cell: NotebookNode, description: str, tell: Callable[[str], str]) -> None:
    """Fold a code cell's answer, or the set-up cell itself, and describe its figures."""
    tags, hidden = cell.metadata.get("tags", []), cell.metadata.get("jupyter", {}).get("outputs_hidden")
    cell.outputs = [shown for output in cell.outputs if (shown := _shown(output, tell))]
    fold, settings = [], {"image": {"alt": description}}
    if "setup" in tags:
        fold, settings["code_prompt_show"] = ["hide-input"], tell("Show the set-up cell")
    elif hidden and cell.outputs:
        fold = ["hide-output"]
    cell.metadata = nbformat.from_dict({"tags": fold, "mystnb": settings})


def _shown(output: NotebookNode, tell: Callable[[str], str]) -> NotebookNode | None:
    """An output as the page shows it; None for one that does nothing there."""
    data = output.get("data")
    if data is None:
        return output
    if "application/vnd.jupyter.widget-view+json" in data or "application/javascript" in data:
        return None
    if data.get("text/html", "").startswith(
        FRAME.partition("{")[0]
    ):  # the site has the network already, on a page of its own
        data = {"text/html": EXPLORER.format(tell("Open the explorer of this site."))}
    output["data"] = nbformat.from_dict({kind: data[kind] for kind in SHOWN if kind in data})
    return output


def _description(cell: NotebookNode, after: NotebookNode | None, heading: str, tell: Callable[[str], str]) -> str:
    """What a cell's figure shows: the caption in the text behind it, else in the code, else the first hint in the text.

    Captions are emphasised: they begin the text behind a figure, or are a sentence of it.
    """
    text = COMMENT.sub("", after.source) if after is not None and after.cell_type == "markdown" else ""
    emphasised, own = EMPHASIS.search(text), CAPTION.search(cell.source)
    begins = emphasised and not text[: emphasised.start()].strip()
    if emphasised and (begins or (not own and emphasised[1].endswith("."))):
        description = emphasised[1]
    else:
        description = own[1] if own else tell("Figure of the section: {heading}").format(heading=heading)
    return re.sub(r"[`*$]", "", " ".join(description.split()))


def _buttons(name: str, tell: Callable[[str], str]) -> str:
    """Links to open a notebook in Colab and to download it; only a course that is published on GitHub has them."""
    address = COLAB.search(badge(repository(), name))
    if not address:
        return ""
    file = f"https://github.com/{address[2].replace('/blob/', '/raw/')}"
    return (
        f'<a class="button" href="{address[1]}">{tell("Open in Colab")}</a> '
        f'<a class="button" href="{file}" download>{tell("Download the notebook")}</a>'
    )
