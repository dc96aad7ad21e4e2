"""Figures have one source: README, prose and cards agree."""

import json
import re

import pytest

from tools import figures, results
from tools.claims import CLAIM
from tools.course import DOCUMENTS
from tools.notebooks import SOURCE

PROSE = [*DOCUMENTS[:2], *sorted(SOURCE.rglob("*.py"))]
every_text = pytest.mark.parametrize("path", PROSE, ids=[path.name for path in PROSE])
# What looks like an accuracy: 0.912, 91.2 %, 91 %. (100 %, 40 % dropout and the like are settings, not results.)
ACCURACY = re.compile(r"\b0\.[5-9]\d+\b|\b[5-9]\d(\.\d+)? ?(%|percent|points)|\d+ seconds")


def prose_of(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":  # tables are written anew from the cards
        return re.sub(r"<!-- (\w+) -->\n.*?<!-- end of \1 -->", "", text, flags=re.DOTALL)
    return "\n".join(line for line in text.splitlines() if line.startswith("#"))


@every_text
def test_no_accuracy_in_prose_without_its_source(path):
    text = CLAIM.sub("", figures.FIGURE.sub("", prose_of(path)))
    assert not ACCURACY.search(text), ACCURACY.search(text)


@pytest.fixture
def cards(tmp_path, monkeypatch):
    """A card with two seeds in a models folder of its own."""
    for module in (figures, results):
        monkeypatch.setattr(module, "SHIPPED", tmp_path)
    card = {
        "name": "net", "notebook": "04_x", "parameters": 1234, "fast": False, "seed": 42, "epochs": 9, "best_epoch": 7,
        "train_seconds": 75.4, "validation_accuracy": 0.92, "test_accuracy": 0.91,
    }  # fmt: skip
    (tmp_path / "net.json").write_text(json.dumps(card))
    (tmp_path / "net.keras").write_text("")
    (tmp_path / "chapters.json").write_text(json.dumps({"04_x": {"fast_seconds": 75}}))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "net.json").write_text(json.dumps(card | {"seed": 7, "test_accuracy": 0.93}))
    results.add_seed("net", tmp_path)
    results.add_seed("net", tmp_path / "run")
    return tmp_path


def test_figures_are_written_where_a_comment_asks_for_them(cards):
    text = (
        "It has ?<!-- net.parameters --> weights, reaches 0.1<!-- net.test_accuracy --> "
        "(|?<!-- chapters.04_x.fast_minutes --> min)."
    )
    assert figures.with_figures(text) == (
        "It has 1,234<!-- net.parameters --> weights, reaches 0.9100<!-- net.test_accuracy --> "
        "(|1.2<!-- chapters.04_x.fast_minutes --> min)."
    )


def test_seeds_give_their_spread(cards):
    spread = "?<!-- net.seeds.test_accuracy.min --> to ?<!-- net.seeds.test_accuracy.max -->"
    assert re.sub("<.*?>", "", figures.with_figures(spread)) == "0.9100 to 0.9300"
    assert "0.9100 to 0.9300 (2 seeds)" in figures.results_table()


def test_one_seed_is_no_spread(cards):
    path = cards / "net.json"
    card = json.loads(path.read_text())
    just_stored = {key: value for key, value in card.items() if key != "seeds"}
    for one in (card | {"seeds": {"42": card["seeds"]["42"]}}, just_stored):
        path.write_text(json.dumps(one))
        assert figures.results_table().endswith("| **0.9100** | one seed so far |\n")


def test_adding_a_seed_keeps_the_figures_of_the_shipped_network(cards):
    card = json.loads((cards / "net.json").read_text())
    assert (card["seed"], card["test_accuracy"]) == (42, 0.91)
    assert list(card["seeds"]) == ["7", "42"]


def test_a_figure_without_card_is_an_error(cards):
    for reference in ("net.nonsense", "nothing.test_accuracy"):
        with pytest.raises(KeyError, match=f"No card holds the figure {reference}"):
            figures.with_figures(f"?<!-- {reference} -->")


@pytest.mark.parametrize("change", [{"fast": True}, {"parameters": 1}])
def test_a_fast_run_or_another_network_is_no_seed_of_it(cards, change):
    path = cards / "run" / "net.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match="no full run"):
        results.add_seed("net", cards / "run")


def test_a_run_on_other_data_is_no_seed_of_it(cards):
    path = cards / "run" / "net.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"data": {"name": "another copy"}}))
    before = (cards / "net.json").read_text()
    with pytest.raises(ValueError, match="trained on other data"):
        results.add_seed("net", cards / "run")
    assert (cards / "net.json").read_text() == before


def test_a_seed_is_not_begun_where_something_is_missing(cards, monkeypatch, capsys):
    monkeypatch.setattr("tools.run.missing", lambda notebook: "it is not installed")
    monkeypatch.setattr(results, "run_full", lambda *_: pytest.fail("something was run"))
    assert results.repeat([results.chapters()[0]], cards / "seed", results.add_seed, 1) == 1
    assert "it is not installed" in capsys.readouterr().err


def test_scores_on_another_copy_of_the_data_are_named_in_the_table(cards):
    path = cards / "net.json"
    facts = {"name": "cifar10", "edition": "JPEG copies", "test_pictures": 8000}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"data": facts, "notebook": "pytorch/04_x"}))
    row = figures.results_table().splitlines()[-1]
    assert row.startswith("| pytorch 04 | `net` |")
    assert "| **0.9100** (8,000 pictures, JPEG copies) |" in row


def test_without_a_test_set_the_table_says_so(cards):
    path = cards / "net.json"
    card = json.loads(path.read_text())
    del card["test_accuracy"]
    seeds = {seed: {"validation_accuracy": 0.92} for seed in card["seeds"]}
    path.write_text(json.dumps(card | {"seeds": seeds}))
    assert figures.results_table().endswith("| 0.9200 | no test set | 0.9200 to 0.9200 (2 seeds) |\n")


def test_the_ladders_are_tables_with_gain_and_spread(monkeypatch, tmp_path):
    monkeypatch.setattr(figures, "SHIPPED", tmp_path)
    assert figures.ladder_tables() == ""
    (tmp_path / "ladder.json").write_text('{"fashion-mnist": {}}')
    assert figures.ladder_tables() == "", "not measured to its end"
    monkeypatch.setattr(figures, "LADDERS", {"fashion-mnist": None})
    monkeypatch.setattr(figures, "still_to_run", lambda name, runs: ("", None, []))
    first = {"rung": "the start", "below": "", "mean": 0.9, "lowest": 0.89, "highest": 0.91, "gain": 0.0}
    second = {"rung": "more", "below": "the start", "mean": 0.912, "lowest": 0.91, "highest": 0.914, "gain": 0.012}
    rows = [row | {"seconds": 61.4, "parameters": 1234} for row in (first, second)]
    monkeypatch.setattr(figures, "table", lambda name, runs: rows)
    *_, one, two, end = figures.ladder_tables().split("\n")
    assert one == "| the start |  | 0.9000 | 0.8900 to 0.9100 |  | 61 s | 1,234 |"
    assert two == "| more | the start | 0.9120 | 0.9100 to 0.9140 | +1.20 | 61 s | 1,234 |"
    assert end == ""
