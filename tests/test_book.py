"""The web pages that ``make book`` writes."""

import re

import nbformat

from tools import book
from tools.notebooks import chapters
from tools.run import place


def test_every_chapter_becomes_a_page_with_its_outputs(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "BOOK", tmp_path / "book")
    monkeypatch.setattr(book, "ROOT", tmp_path, raising=True)
    (tmp_path / "README.md").write_text("# The course\n")
    book.main()
    index = (tmp_path / "book" / "index.html").read_text(encoding="utf-8")
    assert "<h1>The course</h1>" in index
    for path in chapters():
        page = (tmp_path / "book" / f"{place(path)}.html").read_text(encoding="utf-8")
        exercises = path.parent.name == "exercises"
        assert f'href="{place(path)}.html">{"Exercises " if exercises else ""}{path.stem[:2]} · ' in index
        assert "Answers</summary>" in page if exercises else re.search("data:image/(png|jpeg);base64,", page)
        assert "jupyter.widget" not in page, "a widget would fetch its scripts from the network"


def test_a_folded_answer_stays_folded(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "BOOK", tmp_path / "book")
    monkeypatch.setattr(book, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text("# The course\n")
    answer = "<details><summary>Answer</summary>\n\n| a |\n| --- |\n| **42** |\n\n- one\n\n</details>"
    source = f"# Title\n\n{answer}\n\nOpen text."
    notebook = tmp_path / "01_x.ipynb"
    cells = [nbformat.v4.new_markdown_cell(source)]
    for text, hidden in (("an output in sight", False), ("an answer", True)):
        output = nbformat.v4.new_output("stream", text=text)
        cells.append(nbformat.v4.new_code_cell(outputs=[output], metadata={"jupyter": {"outputs_hidden": hidden}}))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    monkeypatch.setattr(book, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(book, "chapters", lambda: [notebook])
    book.main()
    page = (tmp_path / "book" / "01_x.html").read_text(encoding="utf-8")
    folded, output = re.findall("<details>.*?</details>", page, re.DOTALL)
    assert "<strong>42</strong>" in folded
    assert "<li>one</li>" in folded
    assert "Open text" not in folded
    assert "<summary>Show the output</summary>" in output
    assert "an answer" in output
    assert "an output in sight" not in output
