"""The web site: its pages as text, and, in the gate, every page in a real browser."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from chromium import browser, complaints, foreign_requests, prefer, press

from helpers.explore.page import FRAME
from tools import bilingual, pages, site
from tools.course import course
from tools.notebooks import ROOT, chapters, editions, read_notebook

v4 = nbformat.v4
SEVERE = ("serious", "critical")
MEGABYTES, SECONDS = 40, 90
# One page of each kind, whose marks axe looks at; pages of a kind are built alike.
SEEN = {"index.html", "explorer.html", "glossary.html", "search.html", "notebooks/05_inside_the_fashion_cnn.html",
        "notebooks/exercises/05_inside_exercises.html", "notebooks/pytorch/05_inside_in_pytorch.html"}  # fmt: skip


def _page(cells, name="notebooks/x.ipynb"):
    return pages.as_page(v4.new_notebook(cells=cells, metadata={"widgets": {}}), name)


def _figure(metadata=None, source="plots.images(x)"):
    output = v4.new_output("display_data", {"image/png": "aGk=", "text/plain": "<Figure>"})
    return v4.new_code_cell(source, outputs=[output], metadata=metadata or {})


def test_an_answer_is_folded_and_the_setup_cell_too():
    answer = v4.new_code_cell(
        "1 + 1", outputs=[v4.new_output("stream", text="2")], metadata={"jupyter": {"outputs_hidden": True}}
    )
    setup = v4.new_code_cell("import helpers", metadata={"tags": ["setup"]})
    plain = v4.new_code_cell("3")
    cells = _page([answer, setup, plain]).cells
    assert [cell.metadata["tags"] for cell in cells] == [["hide-output"], ["hide-input"], []]


def test_what_needs_a_kernel_or_a_script_is_left_out():
    data = [
        {"application/vnd.jupyter.widget-view+json": {}},
        {"application/javascript": "x"},
        {"text/plain": "kept", "strange/kind": "x"},
    ]
    page = _page([v4.new_code_cell("x", outputs=[v4.new_output("display_data", part) for part in data])])
    assert "widgets" not in page.metadata
    assert [output["data"] for output in page.cells[0].outputs] == [{"text/plain": "kept"}]


@pytest.mark.parametrize(
    ("source", "after", "description"),
    [
        (
            "f()",
            "*Compare the `two`<!-- claim: 1 --> rows. Look\nat the left.*\n\nMore.",
            "Compare the two rows. Look at the left.",
        ),
        ('f(caption="Eight digits")', "**Your prediction:** which?", "Eight digits"),
        ("f()", "Text first. *See the dark column.* More.", "See the dark column."),
        ("f()", "**Bold** and *one word* only", "Figure of the section: 2. Kernels"),
    ],
)
def test_a_figure_is_described_by_its_caption(source, after, description):
    cells = _page(
        [v4.new_markdown_cell("# T\n\n## 2. Kernels"), _figure(source=source), v4.new_markdown_cell(after)]
    ).cells
    assert cells[1].metadata["mystnb"]["image"]["alt"] == description


def test_every_figure_of_the_course_has_a_description():
    for path in (*chapters(), *editions()):
        for cell in pages.as_page(read_notebook(path), path.relative_to(ROOT).as_posix()).cells:
            if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
                assert len(cell.metadata["mystnb"]["image"]["alt"]) > 8, (path.name, cell.source)


def test_a_network_in_a_cell_becomes_a_link_to_the_explorer():
    shown = v4.new_output("execute_result", {"text/html": FRAME.format(name="x", content="", height=1)})
    (output,) = _page([v4.new_code_cell("explore.show(model, x)", outputs=[shown])]).cells[0].outputs
    assert output["data"] == {"text/html": pages.EXPLORER.format("Open the explorer of this site.")}


def test_buttons_are_there_where_the_course_is_published(monkeypatch):
    title = v4.new_markdown_cell("# 04 · Clothes\n\n[![Open in Colab](https://x/badge.svg)](https://y)\n\nText")
    assert "http" not in _page([title.copy()]).cells[0].source
    monkeypatch.setattr(pages, "repository", lambda: "https://github.com/you/course")
    source = _page([title.copy()], "notebooks/04.ipynb").cells[0].source
    assert re.search(
        r'href="https://colab\.research\.google\.com/github/you/course/blob/v[\d.]+/notebooks/04.ipynb"', source
    )
    assert re.search(r'href="https://github\.com/you/course/raw/v[\d.]+/notebooks/04.ipynb"', source)
    assert "badge.svg" not in source, "a picture from another host"


def test_all_pages_have_their_place_in_the_side_bar():
    contents = site.contents()
    for path in chapters():
        assert f"\n{path.relative_to(ROOT).with_suffix('').as_posix()}\n" in contents
    order = [contents.index(entry["notebook"]) for entry in course()["chapters"]]
    assert order == sorted(order)


def test_all_korean_pages_have_their_place_in_the_korean_side_bar(monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "ko")
    contents = site.contents()
    for path in editions():
        place = path.relative_to(ROOT / "notebooks/ko").with_suffix("")
        assert f"\nnotebooks/{place.as_posix()}\n" in contents
    assert ":caption: 연습 문제\n" in contents


@pytest.mark.parametrize(
    ("text", "folder", "there"),
    [
        ("[0](../00_start_here.ipynb#x)", "notebooks/ko/exercises", "[0](../00_start_here.ipynb#x)"),
        ("[x](../99_x.ipynb)", "notebooks/ko", '<a href="../../notebooks/99_x.html" hreflang="en">x</a>'),
        (
            "[`r`](../../../RESULTS.md#y)",
            "notebooks/ko/pytorch",
            '<a href="../../../RESULTS.html#y" hreflang="en">`r`</a>',
        ),
        ("[E](README.md), [L](LICENSE)", ".", '<a href="../index.html" hreflang="en">E</a>, [L](LICENSE)'),
        ("| [1](notebooks/ko/00_start_here.ipynb) |", ".", "| [1](notebooks/00_start_here.ipynb) |"),
        ("[`a[0]`](README.md) and `x[1:` `y`", ".", '<a href="../index.html" hreflang="en">`a[0]`</a> and `x[1:` `y`'),
        ("[" + "`v`, " * 40, ".", "[" + "`v`, " * 40),  # looked at in no time
        ("![p](site/x.jpg) [w](https://x.org/a.md)", ".", "![p](site/x.jpg) [w](https://x.org/a.md)"),
    ],
)
def test_a_korean_page_links_to_korean_pages_and_else_to_english_ones(text, folder, there):
    assert site.linked(text, folder) == there


def test_each_page_names_the_same_page_in_the_other_language(tmp_path, monkeypatch):
    monkeypatch.setattr(bilingual, "SOURCES", {"en": tmp_path / "en", "ko": tmp_path / "ko"})
    for name in ("en/index.md", "ko/index.md", "en/notebooks/1.ipynb", "ko/notebooks/1.ipynb", "en/notebooks/2.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [bilingual.other_page(page, "en") for page in ("index", "search", "notebooks/1", "notebooks/2")]
    assert found == ["ko/index.html", "ko/search.html", "../ko/notebooks/1.html", "../ko/index.html"]
    found = [bilingual.other_page(page, "ko") for page in ("index", "search", "notebooks/1")]
    assert found == ["../index.html", "../search.html", "../../notebooks/1.html"]


@pytest.mark.packages
def test_korean_words_are_found_without_their_endings():
    search = pytest.importorskip("tools.switch", reason="Sphinx is not installed: make .venv/.site").SearchKorean({})
    assert search.split("커널은 3x3 층, kernels") == ["커널은", "3x3", "층", "kernels", "커널"]


@pytest.fixture(scope="module")
def made():
    """The site, made as `make site` makes it."""
    pytest.importorskip("furo", reason="Sphinx and its theme are not installed: make .venv/.site")
    start = os.times()
    done = subprocess.run([sys.executable, "-m", "tools.site"], cwd=ROOT, capture_output=True, text=True, check=False)
    end = os.times()
    # Of the processor, because other work beside it must not count.
    seconds = end.children_user + end.children_system - start.children_user - start.children_system
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert seconds < SECONDS
    return sorted(site.PAGES.rglob("*.html"))


def is_korean(page):
    return site.pages_of("ko") in page.parents


@pytest.mark.gate
def test_the_site_is_small_whole_and_has_no_solutions(made):
    size = sum(path.stat().st_size for path in site.PAGES.rglob("*") if path.is_file())
    assert size < MEGABYTES * 1_000_000
    assert not list(site.PAGES.rglob("*.ipynb"))
    for page in made:
        text = page.read_text(encoding="utf-8")
        for address in re.findall(r'(?:href|src)="([^"#?]+)', text):
            if not re.match(r"\w+:", address):
                assert (page.parent / address).exists(), (page.name, address)
        assert "BEGIN SOLUTION" not in text
        language, other = ("ko", "en") if is_korean(page) else ("en", "ko")
        assert re.search(rf'<html [^>]*lang="{language}"', text), page.name
        switch = re.search(rf'<nav class="languages".*?href="([^"]+)" lang="{other}"', text, re.DOTALL)[1]
        same = site.pages_of(other) / page.relative_to(site.pages_of(language))
        expected = same if same.exists() else site.pages_of(other) / "index.html"
        assert (page.parent / switch).resolve() == expected, page.name
        assert not re.search(r'<img(?![^>]*alt="[^"])[^>]*>', text), page.name
    load = {path.name: path.stat().st_size for path in (site.PAGES / "_static/networks").iterdir()}
    needed = sum(
        path.stat().st_size
        for path in (site.PAGES / "_static").rglob("*.*")
        if path.suffix in (".css", ".js") and path.name not in load
    )
    assert (site.PAGES / "explorer.html").stat().st_size + needed + load["fashion_cnn.js"] < 2_500_000


@pytest.mark.gate
def test_every_page_is_quiet_narrow_and_accessible(made):
    axe = pytest.importorskip("axe_playwright_python", reason="axe is not installed: make .venv/.site")
    axe_core = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    problems = []
    with browser(width=390, height=844) as page:
        for path in made:
            name = path.relative_to(site.PAGES).as_posix()
            page.get(path.as_uri())
            time.sleep(4 if path.stem == "explorer" else 0.5)
            problems += [(name, "console", text) for text in complaints(page)]
            problems += [(name, "foreign", address) for address in foreign_requests(page)]
            if page.execute_script("return document.documentElement.scrollWidth > innerWidth"):
                problems.append((name, "scrolls sideways"))
            if name.removeprefix("ko/") not in SEEN:
                continue
            page.execute_script(axe_core)
            for scheme in ("light", "dark"):
                prefer(page, scheme)
                problems += [(name, scheme, *violation) for violation in _violations(page)]
            prefer(page, "light")
            complaints(page)
    assert not problems


def _violations(page):
    """What axe-core finds that is serious; it may fetch nothing, because the page was opened from a folder."""
    found = page.execute_async_script("axe.run({preload: false}).then((found) => arguments[0](found.violations))")
    return [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found if rule["impact"] in SEVERE]


@pytest.mark.gate
def test_folds_quiz_search_and_animation_work(made):
    with browser() as page:
        page.get((site.PAGES / "notebooks/exercises/04_clothes_exercises.html").as_uri())
        choice = page.find_element("css selector", ".quiz details")
        press(page, choice.find_element("css selector", "summary"))
        assert "this one." in choice.text
        page.get((site.PAGES / "notebooks/01_convolution_by_hand.html").as_uri())
        fold = page.find_element("css selector", "details.hide")
        hidden = fold.find_element("css selector", "pre")
        assert not hidden.is_displayed()
        press(page, fold.find_element("css selector", "summary"))
        time.sleep(0.5)
        assert hidden.is_displayed()
        for fold in page.find_elements("css selector", "details"):
            page.execute_script("arguments[0].open = true", fold)
        frame = page.find_element("css selector", ".animation img")
        first = frame.get_attribute("src")
        press(page, page.find_element("css selector", '.animation button[title="Next frame"]'))
        assert frame.get_attribute("src") != first
        page.get((site.PAGES / "search.html").as_uri() + "?q=overfitting")
        time.sleep(3)
        assert "06" in page.find_element("id", "search-results").text
        for word in ("패딩", "합성곱"):
            page.get((site.pages_of("ko") / "search.html").as_uri() + f"?q={word}")
            time.sleep(3)
            assert "01 · 손으로 계산하는 합성곱" in page.find_element("id", "search-results").text, word
        assert not complaints(page)


@pytest.mark.gate
def test_the_korean_explorer_speaks_korean(made):
    with browser() as page:
        page.get((site.pages_of("ko") / "explorer.html").as_uri())
        time.sleep(4)
        press(page, page.find_element("css selector", ".ex-bars button"))
        enter = "arguments[0].dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))"
        for canvas in page.find_elements("css selector", ".ex-layers canvas"):
            page.execute_script(enter, canvas)
            panel = canvas.find_element("xpath", "following-sibling::div").get_attribute("textContent")
            assert re.search("[가-힣]", panel), panel
        text = page.find_element("id", "explorer").text
        assert "앵클부츠" in text
        assert not re.search(r"[a-z]{2,} [a-z]{2,}", text)  # names of layers are no sentences
        assert not complaints(page)


@pytest.mark.gate
def test_formulas_are_there_without_a_script(made):
    text = (site.PAGES / "notebooks/01_convolution_by_hand.html").read_text(encoding="utf-8")
    assert text.count("<math") > 10
    assert not re.search(r"<script[^>]*mathjax", text, re.IGNORECASE)


def test_site_says_what_it_needs(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sphinx.cmd.build", None)
    with pytest.raises(SystemExit, match=r"requirements-site\.txt"):
        site.main()
