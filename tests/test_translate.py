"""The Korean edition: what its notebooks are made of, what is missing, and that nothing but words is changed."""

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter

import nbformat
import polib
import pytest
from conftest import ROOT

import helpers
from exercises import quiz
from helpers.backend import letters
from helpers.language import say, spoken
from tools import catalogue, course, messages, readme, run, translate
from tools.claims import CLAIM
from tools.figures import with_figures
from tools.notebooks import NOTEBOOKS, SOURCE, editions, exercise_texts, notebook_of, repository, stamped

TEXTS = [*sorted(SOURCE.rglob("*.py")), *exercise_texts()]
every_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
every_edition = pytest.mark.parametrize("path", editions(), ids=lambda path: path.stem)
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
LESSON = """\
# %% [markdown]
# # 01 · Title
#
# It reads 0.5<!-- some.test_accuracy --> of them,
# nearly half.<!-- claim: number("read") > 1 -->
#
# - **Time** old

# %% tags=["setup"]
import helpers

# %% jupyter={"outputs_hidden": true}
names = {"image": 1}  # of a colour photograph
print("the photograph:", names["image"], f"{1 + 1} of {3}\\n")
print("loss", run["loss"])
# fmt: skip

# %% [markdown]
# **Next:** old
#
# more
"""


# What a translation is made of


def test_the_entries_of_a_lesson():
    needed, allowed = translate.messages(LESSON)
    assert needed == [
        ("# …\n\nIt reads …<!-- some.test_accuracy --> of them,\nnearly half.\n\n- **Time** …", "text"),
        ("of a colour photograph", "comment"),
        ("the photograph:", "string"),
        ("{1 + 1} of {3}\\n", "string"),
        ("loss", "string"),
        ("**Next:** …", "text"),
    ]
    assert allowed == ["image", "image", "loss"]


@pytest.mark.parametrize(
    ("code", "needed", "allowed"),
    [
        ("plt.plot(x, label='loss', color='black')", ["loss"], ["black"]),
        ("axis.set_title('loss')", ["loss"], []),
        ("axis.set(xticks=[], yticklabels=['up', 'down'])", ["up", "down"], []),
        ("print('x1', 'loss' if a else 'gain')", ["loss", "gain"], []),
        ("print(', '.join(names), '(3, 3)')", [], []),
        ("def f():\n    '''Draw it.'''", ["Draw it."], []),
        ("x = f'{names[0]} and {b}'  # noqa: E501", [], ["{names[0]} and {b}"]),
        ("x = '# no comment'  # 가 one comment", ["# no comment", "가 one comment"], []),
        ("print('가', 'ab')", ["ab"], []),
    ],
)
def test_which_strings_are_sentences(code, needed, allowed):
    pieces = translate.pieces(code)
    assert [piece.text for piece in pieces if piece.sentence] == needed
    assert [piece.text for piece in pieces if not piece.sentence] == allowed
    assert all(code[piece.start : piece.end] == piece.text for piece in pieces)


def test_strings_side_by_side_are_refused():
    with pytest.raises(ValueError, match="Write one string"):
        translate.pieces("print('one' 'two')")


@every_text
def test_translated_into_itself_a_text_stays_the_same_but_for_its_claims(path):
    text = path.read_text(encoding="utf-8")
    name = notebook_of(path).relative_to(NOTEBOOKS).with_suffix("")
    known = {entry: entry for entry, _ in translate.messages(text)[0]}
    again = course.lesson(translate.translate(text, known), name.as_posix())
    again = with_figures(stamped(again, repository(), f"notebooks/{name}.ipynb"))
    without = re.sub(rf"\s*{CLAIM.pattern}", "", text.replace("\n# ", "\n# "), flags=re.DOTALL)
    assert " ".join(again.replace("\n#", "\n").split()) == " ".join(without.replace("\n#", "\n").split())


def test_a_translation_takes_the_place_of_words_only():
    known = {
        "of a colour photograph": "컬러 사진에서",
        "the photograph:": "사진:",
        "{1 + 1} of {3}\\n": "{3}개 중 {1 + 1}개\\n",
        "image": "이미지",
        "loss": "손실",
        "**Next:** …": "**다음:** …",
    }
    text = translate.translate(LESSON, known)
    assert 'names = {"이미지": 1}  # 컬러 사진에서\nprint("사진:", names["이미지"], f"{3}개 중 {1 + 1}개\\n")\n' in text
    assert 'print("손실", run["loss"])\n' in text
    assert text.endswith("# **다음:** …\n")
    assert 'tags=["setup"]' in text
    assert 'jupyter={"outputs_hidden": true}' in text


@pytest.mark.parametrize("korean", ['사진" + "', '사진"', "{1 + 1} 중", "{1 + 2} of {3}", "{3} {3} {1 + 1}"])
def test_a_translation_that_changes_code_is_refused(korean):
    with pytest.raises(ValueError, match="changes more than words"):
        translate.translate(LESSON, {"{1 + 1} of {3}\\n": korean})


@pytest.mark.parametrize(
    "korean",
    [
        "# 제목",
        "# 제목 …<!-- some.test_loss -->",
        "# …<!-- some.test_accuracy --> `x.y`",
        "…<!-- some.test_accuracy --> [x](y)",
    ],
)
def test_a_translation_without_the_marks_of_the_english_text_is_refused(korean):
    with pytest.raises(ValueError, match="in the translation of: # … It reads"):
        translate.translate(LESSON, {translate.messages(LESSON)[0][0][0]: korean})


# What changes


def memory(tmp_path, *pairs):
    """A .po file."""
    content = polib.POFile()
    content.extend(polib.POEntry(msgid=english, msgstr=korean) for english, korean in pairs)
    content.save(str(tmp_path / "a.po"))
    return tmp_path / "a.po"


def test_a_changed_entry_is_fuzzy_and_keeps_what_it_was(tmp_path):
    path = memory(tmp_path, ("a window of an image", "이미지의 윈도우"), ("gone", "사라짐"), ("kept", "그대로"))
    wanted = [("a window of the image", "text"), ("kept", "text"), ("new", "text")]
    first, second, third = catalogue.updated(path, wanted)
    assert (first.msgstr, first.previous_msgid, first.flags) == ("이미지의 윈도우", "a window of an image", ["fuzzy"])
    assert (second.msgstr, second.fuzzy) == ("그대로", False)
    assert (third.msgid, third.msgstr) == ("new", "")
    assert catalogue.unfinished([first, second, third]) == ["fuzzy: a window of the image", "missing: new"]


def test_a_fuzzy_entry_stays_fuzzy_until_somebody_takes_the_mark_out(tmp_path):
    path = memory(tmp_path, ("a window of an image", "이미지의 윈도우"))
    for text in ("a window of the image", "a window of the image"):
        again = catalogue.updated(path, [(text, "text")])
        again.save(str(path))
    assert catalogue.translations(path) == {}
    assert again[0].previous_msgid == "a window of an image"


def test_a_string_that_need_not_be_translated_keeps_its_translation(tmp_path):
    path = memory(tmp_path, ("image", "이미지"), ("old", "낡음"))
    assert [entry.msgid for entry in catalogue.updated(path, [], ["image", "kernel"])] == ["image"]


# What there is


@pytest.mark.parametrize("path", translate.translated(), ids=lambda path: path.stem)
def test_nothing_is_missing_in_a_lesson_that_is_translated(path):
    assert not catalogue.unfinished(translate.current(path)), f"translate in {translate.po_of(path).relative_to(ROOT)}"


def test_nothing_is_missing_in_the_readme():
    assert not catalogue.unfinished(readme.current()), f"translate in {readme.PO.relative_to(ROOT)}"
    assert str(readme.current()) + "\n" == readme.PO.read_text(encoding="utf-8"), "run `make sync`"


def test_the_korean_readme_is_what_its_translation_makes():
    english, korean = (path.read_text(encoding="utf-8") for path in (readme.ENGLISH, readme.KOREAN))
    assert readme.korean_text(english) == korean, "run `make sync`"
    assert f"]({readme.KOREAN.name})" in english
    assert f"]({readme.ENGLISH.name})" in korean
    for link in re.findall(r"\]\(([^)#:]+)[)#]", korean):
        assert (ROOT / link).exists(), link
        assert "/ko/" in link or not (NOTEBOOKS / "ko" / link.removeprefix("notebooks/")).is_file(), link


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("## Four ways to start", "## Five ways to start", ["fuzzy: ## Five ways to start"]),
        ("opens JupyterLab", "begins", ["missing: begins"]),
        ("| 03 | MNIST | two", "| 03 | MNIST | three", ["fuzzy: | | data | network"]),
        ("<!-- fashion_cnn.test_accuracy -->", "<!-- digits_lenet.test_accuracy -->", ["fuzzy: | | data | network"]),
        ("0.1 / 0.4", "0.2 / 0.9", []),  # comes from the cards
    ],
)
def test_a_change_of_the_readme_is_named(old, new, named, tmp_path, monkeypatch):
    changed = tmp_path / "README.md"
    text = readme.ENGLISH.read_text(encoding="utf-8")
    assert old in text
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(readme, "ENGLISH", changed)
    found = catalogue.unfinished(readme.current())
    assert [entry[: len(start)] for entry, start in zip(found, named, strict=True)] == named


def test_the_readme_of_a_published_course_opens_korean_notebooks(monkeypatch):
    monkeypatch.setattr(readme, "repository", lambda: "https://github.com/you/course")
    published = readme.with_badge(readme.ENGLISH.read_text(encoding="utf-8"), "00_start_here.ipynb")
    assert published.count("/notebooks/00_start_here.ipynb)") == 1
    assert readme.korean_text(published).count("/notebooks/ko/00_start_here.ipynb)") == 1


@pytest.mark.parametrize("name", messages.sources())
def test_nothing_is_missing_in_the_sentences_of_the_course(name):
    content = messages.catalogues()[name]
    assert not catalogue.unfinished(content), f"translate in {messages.po(name).relative_to(ROOT)}"
    for entry in content:
        braces = [sorted(re.findall(r"\{\w*", text)) for text in (entry.msgid, entry.msgstr)]
        assert braces[0] == braces[1], entry.msgid


def test_the_catalogues_are_up_to_date_and_compiled():
    found = messages.catalogues()
    for name, content in found.items():
        assert str(content) + "\n" == messages.po(name).read_text(encoding="utf-8"), "run `make sync`"
    assert messages.MO.read_bytes() == messages.compiled(found), "run `make sync`"


@pytest.mark.parametrize("path", sorted((ROOT / "helpers").rglob("*.js")), ids=lambda path: path.stem)
def test_every_sentence_of_a_script_is_translated(path):
    text = path.read_text(encoding="utf-8").replace("function say(", "")
    found = messages.sentences(path)
    assert len(found) == len(re.findall(r"\bsay\(", text)), "say() takes a sentence in double quotes"
    assert set(found) <= set(catalogue.translations(messages.po("helpers")))


def test_labels_for_machines_without_korean_letters_are_up_to_date():
    assert json.loads(letters.LABELS.read_text(encoding="utf-8")) == translate.labels(), "run `make sync`"
    assert letters.english("손실") == "loss"
    assert letters.english("최적 신경망, 훈련") == "choejeok singyeongmang, training"
    assert letters.english("커널 3개") == "keoneol 3gae"


def test_each_korean_notebook_has_its_translation():
    assert {translate.edition_of(text) for text in translate.drawn()} == set(editions())


@pytest.mark.packages
@every_edition
def test_a_korean_notebook_is_what_its_translation_makes(path):
    text = text_of_edition(path)
    if text not in exercise_texts():
        made = translate.korean_notebook(text)
    else:
        pytest.importorskip("nbgrader", reason="nbgrader is not installed: make .venv/.classroom")
        made = translate.korean_notebook(text)
    found = nbformat.read(path, as_version=4)
    assert [(cell.id, cell.source, cell.metadata) for cell in found.cells] == [
        (cell.id, cell.source, cell.metadata) for cell in made.cells
    ], "run `make sync`"


def text_of_edition(path):
    (text,) = [text for text in TEXTS if translate.edition_of(text) == path]
    return text


def pairs_of(path):
    """Cells of a Korean notebook beside those of the English one."""
    english = nbformat.read(notebook_of(text_of_edition(path)), as_version=4)
    return list(zip(english.cells, nbformat.read(path, as_version=4).cells, strict=True))


def without_words(code):
    """A syntax tree in which all strings are the same."""

    class Blank(ast.NodeTransformer):
        def visit_JoinedStr(self, node):
            return ast.Constant("")

        def visit_Constant(self, node):
            return ast.Constant("") if isinstance(node.value, str) else node

    return ast.dump(Blank().visit(ast.parse(code)))


def printed(cell):
    """Text that a cell has put out."""
    outputs = cell.get("outputs", [])
    return "".join(output.get("text", output.get("data", {}).get("text/plain", "")) for output in outputs)


@every_edition
def test_code_differs_in_words_only(path):
    for english, korean in pairs_of(path):
        assert english.cell_type == korean.cell_type
        assert [english.metadata.get(key) for key in ("tags", "jupyter")] == [
            korean.metadata.get(key) for key in ("tags", "jupyter")
        ]
        if english.cell_type == "code" and "setup" not in english.metadata.get("tags", []):
            assert without_words(english.source) == without_words(korean.source)
            assert max(map(len, korean.source.splitlines())) <= 120, korean.source


@every_edition
def test_every_cell_was_run_and_prints_the_same_numbers(path):
    count = 0
    for english, korean in pairs_of(path):
        if english.cell_type == "code":
            count += 1
            assert korean.execution_count == count, f"run `make korean`: {korean.source}"
            kinds = [[output.output_type for output in cell.outputs] for cell in (english, korean)]
            assert kinds[0] == kinds[1], korean.source
            assert "error" not in kinds[1]
            if "nbval-ignore-output" not in english.metadata.get("tags", []):
                numbers = [Counter(NUMBER.findall(printed(cell))) for cell in (english, korean)]
                lost = numbers[0] - numbers[1]  # there may be more: "zeros" are "0" in Korean
                assert not lost, f"run `make korean`, or is it in words? {lost} of {korean.source}"


@pytest.mark.parametrize(
    ("mime", "taken_over"),
    [("text/plain", True), ("image/png", False), ("image/jpeg", False), ("text/html", False)],
)
def test_what_differs_from_run_to_run_and_shows_no_words_is_taken_over(mime, taken_over):
    def notebook(shown):
        output = nbformat.v4.new_output("display_data", {mime: shown})
        tags = {"tags": ["nbval-ignore-output"]}
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("draw()", outputs=[output], metadata=tags)])

    drawn = run.with_outputs_of(notebook("once"), notebook("again"))
    assert drawn.cells[0].outputs[0].data[mime] == ("once" if taken_over else "again")


@every_edition
def test_links_of_a_korean_notebook_lead_somewhere(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for link in translate.LINK.findall(cell.source):
                assert (path.parent / link).exists(), link


DRAWN = [
    name
    for name in messages.sources()
    if name.startswith("chapter_") and list((NOTEBOOKS / "ko/exercises").glob(f"{name[-2:]}_*.ipynb"))
]


@pytest.mark.parametrize("chapter", DRAWN)
def test_quizzes_and_solutions_are_there_in_korean(chapter, monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "ko")
    folder = ROOT / "exercises" / chapter
    english, korean = (json.loads((folder / name).read_text("utf-8")) for name in ("quiz.json", "quiz.ko.json"))
    assert quiz.questions(chapter[-2:]) == korean
    for asked, translated in zip(english, korean, strict=True):
        right = [[answer["correct"] for answer in question["answers"]] for question in (asked, translated)]
        assert right[0] == right[1]
    shown = [json.loads((folder / "solutions" / name).read_text("utf-8")) for name in ("shown.json", "shown.ko.json")]
    for name, code in shown[0].items():
        assert without_words(code) == without_words(shown[1][name])


def test_the_language_is_that_of_the_environment_and_costs_nothing_at_import(monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "ko")
    assert say("Most likely: {name}", name="{x}") == "가장 유력한 클래스: {x}"
    assert say("no sentence of the course") == "no sentence of the course"
    monkeypatch.setenv("COURSE_LANGUAGE", "xx")
    assert say("Most likely: {name}", name="x") == "Most likely: x"
    monkeypatch.delenv("COURSE_LANGUAGE")
    assert (spoken(), say("")) == ("en", "")
    code = "import builtins, helpers; builtins.open = None; import helpers.language"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)  # no catalogue is opened


def test_a_notebook_says_its_language(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_LANGUAGE", "")
    helpers.expect(helpers.VERSION, "ko")
    assert os.environ["COURSE_LANGUAGE"] == "ko"
    helpers.expect("v0.0.0")
    assert "이 노트북은 v0.0.0 버전인데" in capsys.readouterr().out


@every_edition
def test_a_korean_notebook_stays_small(path):
    assert path.stat().st_size < 2_000_000
