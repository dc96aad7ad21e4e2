"""A field to draw a digit in with the mouse, and "photographs" of digits made by code (chapter 03)."""

import base64
import io
import uuid

import numpy as np
from IPython.display import HTML, display
from PIL import Image

from helpers.language import say
from helpers.pictures.files import upright

SIDE = 280  # of the field, pixels on the screen
FIELD = """<canvas id="{name}" width="{side}" height="{side}" style="border:1px solid #888;background:white;
touch-action:none;cursor:crosshair"></canvas> <button id="{name}-clear">clear</button>
<script>
(() => {{
  const field = document.getElementById("{name}"), pen = field.getContext("2d");
  const clear = () => {{ pen.fillStyle = "white"; pen.fillRect(0, 0, {side}, {side}); }};
  const send = (text) => {{
    const area = document.querySelector(".{name} textarea");
    if (area) {{ area.value = text; area.dispatchEvent(new Event("input", {{bubbles: true}}));
                area.dispatchEvent(new Event("change", {{bubbles: true}})); }}
  }};
  clear();
  pen.lineWidth = 22; pen.lineCap = pen.lineJoin = "round";
  let down = false;
  const place = (event) => {{
    const frame = field.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }};
  field.onpointerdown = (event) => {{
    down = true; pen.beginPath(); pen.moveTo(...place(event)); event.preventDefault();
  }};
  field.onpointermove = (event) => {{ if (down) {{ pen.lineTo(...place(event)); pen.stroke(); }} }};
  window.addEventListener("pointerup", () => {{ if (down) {{ down = false; send(field.toDataURL("image/png")); }} }});
  document.getElementById("{name}-clear").onclick = () => {{ clear(); send(""); }};
}})();
</script>"""


class DrawingPad:
    """A white field to draw on in black, in JupyterLab, Notebook and Colab: `show` it, and later take its `picture`."""

    def __init__(self):
        self._name = f"pad-{uuid.uuid4().hex[:8]}"
        self._text = None

    def show(self) -> None:
        """Show the field. What is drawn comes back through a text field that nobody sees."""
        try:
            import ipywidgets
        except ImportError:
            print(say("ipywidgets is not installed, so nothing can be drawn here. Give the path of a picture below."))
            return
        self._text = ipywidgets.Textarea(layout={"width": "0", "height": "0", "visibility": "hidden"})
        self._text.add_class(self._name)
        display(self._text)
        display(HTML(FIELD.format(name=self._name, side=SIDE)))

    def drawn(self) -> bool:
        """Whether something was drawn."""
        return bool(self._text is not None and self._text.value.startswith("data:image/png;base64,"))

    def picture(self) -> np.ndarray:
        """What was drawn.

        Returns:
            uint8 in 0..255, (H, W, 3): black on white.

        Raises:
            ValueError: if nothing was drawn.
        """
        if not self.drawn():
            raise ValueError(say("Nothing was drawn yet. Draw in the field with the mouse, then run this cell again."))
        content = base64.b64decode(self._text.value.partition(",")[2])
        with Image.open(io.BytesIO(content)) as image:
            return np.array(upright(image))


def as_photograph(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Make of a digit what a telephone would photograph: dark on bright, larger, off the centre, unevenly lit.

    Args:
        ink: (28, 28) in 0..1, as in MNIST: 0 is paper.
        random: draws size, place and light.

    Returns:
        Grey values in 0..255, (140, 180) float.

    Raises:
        ValueError: for another shape.
    """
    if np.shape(ink) != (28, 28):
        raise ValueError(say("Expected a digit of shape (28, 28), got {shape}.", shape=np.shape(ink)))
    side = int(random.integers(50, 110))
    digit = Image.fromarray((255 * np.asarray(ink)).round().astype(np.uint8)).resize((side, side), Image.BICUBIC)
    sheet = np.zeros((140, 180))
    top, left = int(random.integers(0, 140 - side + 1)), int(random.integers(0, 180 - side + 1))
    sheet[top : top + side, left : left + side] = np.asarray(digit) / 255
    rows, columns = np.mgrid[-1:1:140j, -1:1:180j]
    direction = random.uniform(0, 2 * np.pi)
    light = 1 + 0.12 * (np.cos(direction) * columns + np.sin(direction) * rows)
    paper, darkness = random.uniform(190, 225), random.uniform(20, 60)
    grey = (paper + (darkness - paper) * sheet) * light + random.normal(0, 2, sheet.shape)
    return np.clip(grey, 0, 255)
