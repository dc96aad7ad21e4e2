"""The web pages that ``make book`` writes."""

import re

from tools import book
from tools.notebooks import chapters


def test_every_chapter_becomes_a_page_with_its_outputs(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "BOOK", tmp_path / "book")
    monkeypatch.setattr(book, "ROOT", tmp_path, raising=True)
    (tmp_path / "README.md").write_text("# The course\n")
    book.main()
    index = (tmp_path / "book" / "index.html").read_text(encoding="utf-8")
    assert "<h1>The course</h1>" in index
    for path in chapters():
        page = (tmp_path / "book" / f"{path.stem}.html").read_text(encoding="utf-8")
        assert f'href="{path.stem}.html">{path.stem[:2]} · ' in index
        assert re.search("data:image/(png|jpeg);base64,", page)
        assert "jupyter.widget" not in page, "a widget would fetch its scripts from the network"
