"""The exercises' judges: right, unusual and wrong answers to each (solutions/answers.py), and nonsense."""

import importlib.util
import json
import logging
import os
import re
import sys
from collections import Counter
from unittest import mock

import numpy as np
import pytest
from conftest import ROOT

from exercises import exercise, judge, quiz
from exercises.exercise import NOT_TRIED, RIGHT, WRONG, Exercise, call, exercises
from helpers.environment import keras

CHAPTERS = sorted(path.name for path in (ROOT / "exercises").glob("chapter_*"))
MODULES = {name: importlib.import_module(f"exercises.{name}") for name in CHAPTERS}
CASES = [
    (name, case) for name in CHAPTERS for case in importlib.import_module(f"exercises.{name}.solutions.answers").CASES
]
EXERCISES = [(name, item) for name, module in MODULES.items() for item in exercises(module)]
every_exercise = pytest.mark.parametrize(
    ("chapter", "item"), EXERCISES, ids=[f"{name}-{item.name}" for name, item in EXERCISES]
)


@pytest.mark.parametrize(
    ("chapter", "case"),
    [
        pytest.param(
            name, case, id=f"{name}-{case.exercise}-{case.kind}", marks=[pytest.mark.gate] * (case.kind != "right")
        )
        for name, case in CASES
    ],
)
def test_an_answer_gets_its_outcome_and_its_sentence(chapter, case, monkeypatch):
    item = getattr(MODULES[chapter], case.exercise)
    answer = case.make()
    verdict = item.judge(answer)
    assert verdict.outcome == case.outcome, verdict
    assert case.sentence in verdict.sentence
    # As for points, on other random cases than those that the learner sees; and in Korean.
    monkeypatch.setenv("COURSE_LANGUAGE", "ko")
    for draw in range(1, exercise.DRAWS + 1):
        verdict = item.judge(answer, draw)
        if verdict.outcome != RIGHT:
            break
    assert verdict.outcome == case.outcome, verdict
    assert re.search("[가-힣]", verdict.sentence), verdict
    own = verdict.sentence.partition("오류로 멈추었습니다")[0]  # the rest is Python's message
    assert not re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", own), verdict


@every_exercise
def test_an_exercise_is_tested_from_all_sides(chapter, item):
    kinds = Counter(case.kind for name, case in CASES if (name, case.exercise) == (chapter, item.name))
    assert kinds["right"] == 1
    assert kinds["unusual"] >= 1
    assert kinds["wrong"] >= 3


@every_exercise
def test_three_dots_or_nothing_were_not_tried_yet(chapter, item):
    assert item.judge(...).outcome == NOT_TRIED
    assert item.judge(None).outcome == NOT_TRIED


class OwnModel(keras.Model):
    """A network whose input shape nobody knows, though its weights are there."""

    def build(self, input_shape=None):
        self.layer = keras.layers.Dense(2)
        self.layer.build((None, 3))
        self.built = True

    def call(self, x):
        return self.layer(x)


def own_model():
    model = OwnModel()
    model.build()
    return model


def raises(*arguments):
    raise KeyError("from the learner")


NONSENSE = [
    "text", "", 0, -1, 1.5, True, float("nan"), 10**30, [], [[]], [[1], [1, 2]], (), {}, {"a": 1}, object(), int, 1j,
    b"x", np.zeros(0), np.zeros((2, 3, 4, 5, 6)), np.array(["a"]), np.array([None]), np.full((3, 3), np.nan),
    lambda: 1, lambda *a: "text", lambda *a: np.zeros(0), lambda *a: a, lambda *a: {}, lambda *a: np.nan,
    lambda *a: a[0], raises, keras.Sequential, keras.layers.Dense(1), keras.Sequential(),
    keras.Sequential([keras.layers.Dense(1)]),
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), own_model(),
]  # fmt: skip


@pytest.mark.gate
@every_exercise
def test_no_answer_makes_a_judge_stumble_and_nonsense_is_never_right(chapter, item):
    for answer in NONSENSE:
        verdict = item.judge(answer)
        assert verdict.outcome in (WRONG, NOT_TRIED), answer
        assert verdict.sentence


@every_exercise
def test_hints_begin_with_a_nudge_and_end_with_a_method(chapter, item, capsys):
    for _ in range(9):
        item.hint()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Hint 1 of ")
    assert max(map(len, lines)) <= 100  # Jupyter would break longer lines in the middle of a word
    assert int(lines[0].split()[3].rstrip(":")) >= 2
    assert lines[-1] == f"  Still stuck? check.{item.name}.solution()"


@every_exercise
def test_a_solution_is_there(chapter, item, capsys):
    item.solution()
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_counts_its_exercises_without_a_gap(chapter):
    names = [other.name for other in exercises(MODULES[chapter])]
    assert names == [f"ex{number}" for number in range(1, len(names) + 1)]
    assert 5 <= len(names) <= 8


# What the judges share


@pytest.fixture
def double():
    """An exercise: a function that doubles a number."""

    def ex9(answer, random):
        case = int(random.integers(1, 1000))
        if call(answer, case) != 2 * case:
            raise exercise.Wrong(f"{case} was not doubled")
        return "Well doubled."

    return Exercise(ex9, ("think", "multiply by 2"))


def test_the_three_outcomes_are_printed(double, capsys):
    double(lambda x: x + x)
    double(lambda x: x)
    double(...)
    right, wrong, stuck, untried, _ = capsys.readouterr().out.splitlines()
    assert right == "✔ Right. Well doubled."
    assert wrong.startswith("✘ Not right yet. ")
    assert stuck == "  Stuck? check.ex9.hint()"
    assert untried.startswith("○ Not tried yet. ")


@pytest.mark.parametrize("setting", ["autograde", "validate"])
def test_for_nbgrader_all_but_right_answers_raise(double, monkeypatch, setting):
    monkeypatch.setenv("NBGRADER_EXECUTION", setting)
    double(lambda x: 2 * x)
    for answer in (lambda x: x, ..., raises):
        with pytest.raises(AssertionError):
            double(answer)


def test_a_grade_is_made_from_other_cases_than_the_check(double):
    seen = []

    def remembers(x):
        seen.append(x)
        return 2 * x

    double.judge(remembers)
    own = set(seen)
    seen.clear()
    double.grade(remembers)
    assert len(seen) == exercise.DRAWS
    assert not own & set(seen)
    answers = {x: 2 * x for x in own}
    assert double.judge(answers.get).outcome == RIGHT
    with pytest.raises(AssertionError):
        double.grade(answers.get)


def test_a_grade_is_made_from_as_many_draws_as_teachers_are_told():
    """A fresh copy of the module: for the learner's tests, conftest.py lets a grade draw less often."""
    spec = importlib.util.spec_from_file_location("fresh", exercise.__file__)
    fresh = importlib.util.module_from_spec(spec)
    monkey = sys.modules | {"fresh": fresh}
    with mock.patch.dict(sys.modules, monkey):
        spec.loader.exec_module(fresh)
    assert fresh.DRAWS == 5
    assert "draws others, five times" in (ROOT / "TEACHING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("off", "same"), [(0, True), (1e-5, True), (5e-4, False), (1e-2, False)])
def test_rounding_is_no_mistake_and_a_wrong_digit_is_one(off, same):
    if same:
        judge.value(2 + 2 * off, 2.0, {}, "wrong")
    else:
        with pytest.raises(exercise.Wrong):
            judge.value(2 + 2 * off, 2.0, {}, "wrong")


def test_an_exception_is_shown_with_the_learners_lines_and_the_arguments(double):
    def halves(x):
        y = x - x
        return x / y

    sentence = double.judge(halves).sentence
    assert "ZeroDivisionError: division by zero" in sentence
    assert re.search(r"in halves, line \d+:  return x / y", sentence)
    assert "exercise.py" not in sentence
    assert "It was called with: " in sentence


def test_a_function_with_other_arguments_is_told_so(double):
    assert double.judge(lambda x, y: 2 * x).sentence == "Your function is called with 1 argument, but takes (x, y)."


def test_what_a_function_does_to_its_arguments_stays_its_own():
    given = ([1, 2], {"a": np.zeros(3)}, (np.zeros(2),))

    def changes(numbers, arrays, pair):
        numbers.pop()
        arrays["a"][:] = 1
        pair[0][:] = 1
        return 1

    call(changes, *given)
    assert given[0] == [1, 2]
    assert not given[1]["a"].any()
    assert not given[2][0].any()


def test_an_exercise_without_hints_is_refused():
    with pytest.raises(ValueError, match="has no hint"):
        exercise.exercise()(lambda answer, random: "")


def test_leaving_the_program_is_an_exception_like_any_other(double):
    assert "SystemExit" in double.judge(lambda x: exit()).sentence


def test_an_interrupt_is_not_an_answer(double):
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        double.judge(interrupted)


def test_a_warning_in_the_learners_code_is_not_shown(double, capfd):
    def warns(x):
        np.array([1.0]) / 0
        logging.getLogger("noisy").warning("as TensorFlow does")
        print("something", file=sys.stderr)
        os.write(2, b"as C++ does")
        return 2 * x

    logging.getLogger("noisy").addHandler(logging.StreamHandler(sys.stderr))
    double(warns)
    assert capfd.readouterr().err == ""
    logging.getLogger("noisy").warning("heard again")
    assert "heard again" in capfd.readouterr().err


def test_a_copy_without_solutions_says_so(double, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(exercise, "SOLUTIONS", "none.json")
    double.solution()
    assert "kept the solutions back" in capsys.readouterr().out


# Quizzes

QUIZZES = [ROOT / "exercises" / name / "quiz.json" for name in CHAPTERS]
every_quiz = pytest.mark.parametrize("path", QUIZZES, ids=CHAPTERS)


@every_quiz
def test_each_question_has_one_right_choice_and_each_choice_its_reason(path):
    for question in json.loads(path.read_text(encoding="utf-8")):
        assert set(question) == {"question", "answers"}
        assert 3 <= len(question["answers"]) <= 5
        assert sum(choice["correct"] for choice in question["answers"]) == 1
        for choice in question["answers"]:
            assert set(choice) == {"answer", "correct", "feedback"}
            assert len(choice["feedback"]) > 30
            assert choice["feedback"].endswith((".", "?", ")"))


@every_quiz
def test_the_right_choice_is_not_always_at_the_same_place(path):
    questions = json.loads(path.read_text(encoding="utf-8"))
    assert len({[choice["correct"] for choice in question["answers"]].index(True) for question in questions}) > 1


@every_quiz
def test_a_quiz_is_there_as_text_and_to_click(path, monkeypatch):
    shown = []
    monkeypatch.setattr(quiz, "display", lambda data, **_: shown.append(data))
    quiz.quiz(path.parent.name.removeprefix("chapter_"))
    (bundle,) = shown
    text, page = bundle["text/plain"], bundle["text/html"]
    choices = [choice for question in json.loads(path.read_text(encoding="utf-8")) for choice in question["answers"]]
    for choice in choices:
        assert choice["answer"] in text
        assert choice["feedback"] in text
    assert text.index("ANSWERS") > text.rindex("a) ", 0, text.index("ANSWERS"))
    assert page.count("<summary>") == len(choices)
    assert "<script" not in page


def test_what_looks_like_html_in_a_question_is_shown_as_it_is():
    question = {"question": "a < b?", "answers": [{"answer": "<b>", "correct": True, "feedback": "x > 1."}]}
    page = quiz.as_html([question])
    assert "a &lt; b?" in page
    assert "&lt;b&gt;" in page
    assert page.count("<b>") == 1
