"""The explorer as one page without a server: its scripts from browser/, and a network beside them."""

import base64
import gzip
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from IPython.display import HTML

from helpers.backend.graph import calls_of
from helpers.backend.images import BYTES, check_built, pixel_range, taken
from helpers.backend.quiet import keras
from helpers.explore.export import written_down
from helpers.language import IN_SCRIPTS, say, spoken

FOLDER = Path(__file__).parent / "browser"
CORE = ("language", "convolution", "operations", "network", "gradcam")
"""Scripts that compute, each after those that it imports. They run beside the page, so that drawing stays fluid."""
VIEW = ("arithmetic", "colours", "engine", "picture", "paper", "maps", "panel", "layers", "page")
FRAME = (
    '<div><iframe title="Explorer of the network {name}" srcdoc="{content}" '
    'style="width:100%;height:{height}px;border:1px solid #8888"></iframe></div>'
)
PREPARATIONS = ("none", "digit", "clothes")
MOST_PICTURES = 24
AS_JUPYTER = """\
try { // dark or light as JupyterLab around it; elsewhere as the reader's system
  const light = parent.document.body.dataset.jpThemeLight;
  if (light) document.body.dataset.theme = light === "true" ? "light" : "dark";
  if (light) document.documentElement.style.colorScheme = document.body.dataset.theme;
} catch {}
"""
TRANSLATIONS = "const TRANSLATIONS = {}"
IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE)


def network_file(
    model: keras.Model,
    images: np.ndarray,
    *,
    labels: Sequence[int] = (),
    class_names: Sequence[str] = (),
    prepare: str = "none",
    title: str = "",
) -> dict:
    """Write a network with some pictures into a form that the explorer opens; ``json.dumps`` makes a file of it.

    Args:
        model: a Sequential or functional CNN with one input.
        images: (n, H, W, 1 or 3), scaled as the model was trained; the first 24 are offered to the reader. Their values
            are kept in 256 steps, which loses nothing of pictures made of bytes.
        labels: the class of each image, if known.
        class_names: one for each class; by default their numbers.
        prepare: how drawings and photographs become like the pictures of the training: ``"digit"`` (as MNIST),
            ``"clothes"`` (as Fashion-MNIST), or ``"none"`` (a square from the middle).
        title: of the network; by default its name.

    Returns:
        The file's content.

    Raises:
        ValueError: for a model or images that do not fit, or an unknown preparation.
    """
    check_built(model)
    calls = calls_of(model)
    images = taken(model, calls, images)[:MOST_PICTURES]
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        raise ValueError(
            say("Expected pictures of shape (n, H, W, 1) or (n, H, W, 3), got {images.shape}.", images=images)
        )
    if prepare not in PREPARATIONS:
        raise ValueError(
            say("prepare must be one of {names}, got {prepare!r}.", names=", ".join(PREPARATIONS), prepare=prepare)
        )
    content, weights = written_down(model, images.shape[1:3])
    low, high = _range(images, pixel_range(calls) == BYTES)
    levels = np.clip(np.round((images.astype(np.float64) - low) / (high - low) * 255), 0, 255).astype(np.uint8)
    return content | {
        "title": title or model.name,
        "classes": [str(name) for name in class_names],
        "prepare": prepare,
        "range": [low, high],
        "pictures": {
            "count": len(levels),
            "bytes": _base64(levels.tobytes()),
            "labels": [int(n) for n in labels][:MOST_PICTURES],
        },
        "weights": packed(weights),
    }


def show(model: keras.Model, images: np.ndarray, *, height: int = 820, **described) -> HTML:
    """Open a network below the cell: draw or choose a picture, and watch every layer compute it.

    Everything lies in the notebook and computes in the browser, so it works offline, in JupyterLab, Notebook and Colab.

    Args:
        model: as in `network_file`.
        images: as in `network_file`.
        height: of the frame, in pixels.
        **described: ``labels``, ``class_names``, ``prepare`` and ``title``, as in `network_file`.

    Returns:
        What a notebook shows when it is the last line of a cell.
    """
    content = html.escape(page(network_file(model, images, **described)))
    return HTML(FRAME.format(name=html.escape(model.name), content=content, height=int(height)))


def page(content: dict | None = None) -> str:
    """The whole page, as text of HTML, with one network in it."""
    opened = (
        ""
        if content is None
        else f"window.explorer = openExplorer(document.getElementById('explorer'), {{file: {as_script(content)}}});"
    )
    return (
        f'<!DOCTYPE html><html lang="{spoken()}"><head><meta charset="utf-8"><title>Explorer</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>:root { color-scheme: light dark; } body { margin: 0; padding: 0.5rem; background: Canvas; }</style>"
        f'</head><body><main id="explorer"></main>{parts()}<script>{AS_JUPYTER}{opened}</script></body></html>'
    )


def parts() -> str:
    """Style and scripts of the explorer, for any page: they define ``openExplorer(element, {file} or {networks})``."""
    core, style = bundled(CORE), (FOLDER / "explorer.css").read_text(encoding="utf-8")
    return (
        f"<style>{style}</style>"
        f'<script id="explorer-core" type="text/plain">{core}</script>'
        f"<script>(() => {{{core}\n{bundled(VIEW)}\nwindow.openExplorer = openExplorer;}})();</script>"
    )


def bundled(names: Sequence[str]) -> str:
    """Scripts as one, without import and export: a page that is opened from a folder may not import."""
    text = "\n".join(IMPORT.sub("", _script(name)).replace("\nexport ", "\n") for name in names)
    return text.replace(TRANSLATIONS, f"{TRANSLATIONS[:-2]}{as_script(translations())}")


def translations() -> dict[str, str]:
    """The sentences of all scripts in the language that is spoken now; empty for English."""
    sentences = (sentence for name in (*CORE, *VIEW) for sentence in IN_SCRIPTS.findall(_script(name)))
    return {sentence: say(sentence) for sentence in sentences if say(sentence) != sentence}


def _script(name: str) -> str:
    return (FOLDER / f"{name}.js").read_text(encoding="utf-8")


def as_script(content: dict) -> str:
    """Content as a script may hold it: no ``</script>`` ends it early."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def packed(weights: np.ndarray) -> str:
    """float32 numbers as text, losing nothing: compressed, then base64.

    First come the first bytes of all numbers, then all second bytes, and so on: signs and exponents are much alike, and
    gzip finds more to spare where like stands beside like.
    """
    planes = np.frombuffer(weights.astype("<f4").tobytes(), np.uint8).reshape(-1, 4).T
    return _base64(gzip.compress(planes.tobytes(), 6, mtime=0))


def _range(images: np.ndarray, in_bytes: bool) -> tuple[float, float]:
    """The values that black and white stand for."""
    if in_bytes or (images.dtype.kind in "iu"):
        return 0.0, 255.0
    low, high = float(images.min()), float(images.max())
    return (0.0, 1.0) if low >= 0 and high <= 1.5 else (low, max(high, low + 1))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
