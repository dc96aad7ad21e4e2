"""An extension of Sphinx: formulas become MathML at build time, which browsers draw without a script."""

import re

from docutils import nodes
from latex2mathml.converter import convert

from tools.bilingual import words


def inline(writer, node: nodes.math) -> None:
    """Write a formula in a line."""
    writer.body.append(_mathml(node, "inline"))
    raise nodes.SkipNode


def block(writer, node: nodes.math_block) -> None:
    """Write a formula in lines of its own, which scroll where they are too wide."""
    label = words()["formula"]
    formula = _mathml(node, "block")
    writer.body.append(f'<div class="math-block" tabindex="0" role="group" aria-label="{label}">{formula}</div>')
    raise nodes.SkipNode


def _mathml(node: nodes.Node, display: str) -> str:
    """MathML of a formula, in one line."""
    latex = node.astext().strip()
    return re.sub(r"\s+", " ", convert(latex, display=display))


def setup(app) -> dict:
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
