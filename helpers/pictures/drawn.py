"""Draws cats and dogs, a data set for those who cannot have the photographs (chapter 06). They are always called drawn.

Everything that is easy to measure (size, place, pose, fur, marks, eye colour, light, background, what stands in
front) is drawn from the same distributions for both animals. Only ears, muzzle, eyes and whiskers tell them apart,
and ears alone do not settle it: some cats fold them, some dogs prick them.
"""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from helpers.language import say

EDITION = 1  # part of the folder's name: raise it with every change to the pictures, so that they are drawn anew
KINDS = ("cats", "dogs")
COUNTS = {"train": 1000, "validation": 500}
SIDE = 150
OVERSAMPLING = 2  # drawn this much larger, then scaled down, so that edges come out smooth

FURS = ((205, 150, 95), (125, 95, 72), (72, 68, 68), (228, 220, 208), (155, 155, 158), (192, 168, 135), (98, 70, 55))
IRISES = ((185, 190, 85), (115, 160, 95), (125, 160, 185), (135, 95, 55), (90, 65, 42))
NOSES = ((42, 34, 34), (175, 112, 110), (92, 66, 60))
PUPIL, GLINT, TONGUE, INNER_EAR = (18, 15, 15), (240, 240, 240), (205, 115, 122), (205, 145, 140)

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]


def draw_folder(folder: Path, seed: int = 42, progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Draw 2,000 pictures for training and 1,000 for validation, as many cats as dogs.

    Args:
        folder: is made, and filled with ``{train,validation}/{cats,dogs}/{cat,dog}.N.jpg``.
        seed: the same seed gives the same pictures.
        progress: called with the number of pictures drawn so far and their total.
    """
    total, done = 2 * sum(COUNTS.values()), 0
    for part, count in COUNTS.items():
        for kind in KINDS:
            (folder / part / kind).mkdir(parents=True)
            for number in range(count):
                picture = draw_pet(kind[:-1], (seed, list(COUNTS).index(part), KINDS.index(kind), number))
                Image.fromarray(picture).save(folder / part / kind / f"{kind[:-1]}.{number}.jpg", quality=90)
                done += 1
                progress(done, total)


def draw_pet(kind: str, seed: int | tuple[int, ...]) -> np.ndarray:
    """Draw one animal.

    Args:
        kind: ``"cat"`` or ``"dog"``.
        seed: one or more integers; the same seed and kind give the same picture.

    Returns:
        uint8 in 0..255, (150, 150, 3).

    Raises:
        ValueError: for another kind.
    """
    if kind not in DRAW:
        raise ValueError(say("Only a 'cat' or a 'dog' can be drawn, not {kind!r}.", kind=kind))
    rng = np.random.default_rng(seed)
    canvas = _background(rng)
    _decoys(canvas, rng)
    DRAW[kind](_Animal(canvas, rng))
    _foreground(canvas, rng)
    return _photographed(canvas, rng)


class _Animal:
    """One animal on a canvas. Lengths are in half-widths of its head, from the middle of the head, y downwards."""

    def __init__(self, canvas: Image.Image, rng: np.random.Generator):
        """Draw by lot what both kinds share: place, size, pose and colours."""
        self.pen, self.rng = ImageDraw.Draw(canvas), rng
        side = canvas.width
        self.unit = side * rng.uniform(0.12, 0.25)
        self.centre = side / 2 + rng.uniform(-0.22, 0.22, 2) * side
        self.angle = math.radians(rng.uniform(-40, 40))
        self.mirror = rng.choice((-1, 1))
        self.narrow = rng.uniform(0.72, 1.0)  # a head turned aside looks narrower, and its face is off the middle
        self.aside = rng.uniform(0, 0.55) * (1 - self.narrow) / 0.28
        self.down = rng.uniform(-0.05, 0.1)  # looking up or down
        self.tall = rng.uniform(0.85, 1.1)
        self.fur = _near(FURS[rng.integers(len(FURS))], 10, rng)
        self.dark = _mix(self.fur, (0, 0, 0), rng.uniform(0.2, 0.45))
        self.pale = _mix(self.fur, (255, 255, 255), rng.uniform(0.2, 0.65))
        self.muzzle = (self.pale, self.dark, _mix(self.fur, self.pale, 0.5))[rng.integers(3)]
        self.iris = _near(IRISES[rng.integers(len(IRISES))], 12, rng)
        self.nose = _near(NOSES[rng.integers(len(NOSES))], 8, rng)

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a shape, turned and placed as the animal is."""
        cos, sin = math.cos(self.angle) * self.unit, math.sin(self.angle) * self.unit
        placed = []
        for x, y in points:
            x *= self.mirror * self.narrow
            placed.append((self.centre[0] + x * cos - y * sin, self.centre[1] + x * sin + y * cos))
        self.pen.polygon(placed, fill=colour)

    def ellipse(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Fill an ellipse with these half-axes."""
        turns = np.linspace(0, 2 * math.pi, 33)[:-1]
        self.polygon([(x + wide * math.cos(t), y + high * math.sin(t)) for t in turns], colour)

    def line(self, start: tuple[float, float], end: tuple[float, float], width: float, colour: Colour) -> None:
        """Draw a straight stroke that ends in a point."""
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0)
        across = (width / 2 * (y0 - y1) / length, width / 2 * (x1 - x0) / length)
        self.polygon([(x0 + across[0], y0 + across[1]), (x0 - across[0], y0 - across[1]), (x1, y1)], colour)

    def body(self) -> None:
        """Sitting or lying, with a tail and paws: the same for both."""
        rng = self.rng
        lying = rng.random() < 0.4
        x, y = (rng.uniform(0.6, 1.5), rng.uniform(1.0, 1.5)) if lying else (rng.uniform(-0.4, 0.4), 2.0)
        wide, high = (rng.uniform(1.6, 2.1), 0.9) if lying else (rng.uniform(0.9, 1.3), rng.uniform(1.3, 1.7))
        tip = (x + wide * rng.uniform(1.1, 1.5), y - high * rng.uniform(-0.3, 1.2))
        self.line((x + wide * 0.6, y + high * 0.4), tip, 0.55, self.dark)
        self.ellipse(x, y, wide, high, _mix(self.fur, self.dark, 0.25))
        if rng.random() < 0.4:
            self.ellipse(x - 0.2, y, wide * 0.45, high * 0.8, self.pale)
        for paw in (-0.45, 0.45):
            self.ellipse(x + paw, y + high * 0.95, 0.3, 0.2, self.pale if rng.random() < 0.5 else self.fur)

    def head(self) -> None:
        """The skull and its marks (none, stripes, a patch on one eye, a blaze): the same for both."""
        rng, tall = self.rng, self.tall
        self.ellipse(0, 0, 1, tall, self.fur)
        mark = rng.integers(4)
        if mark == 1:
            for x in np.linspace(-0.4, 0.4, 5):
                self.line((x, -0.92 * tall), (x * 0.6, -0.4 * tall), 0.1, self.dark)
        elif mark == 2:
            wide = rng.uniform(0.28, 0.42)
            self.ellipse(rng.choice((-0.4, 0.4)), -0.15, wide, wide, self.dark)
        elif mark == 3:
            self.ellipse(self.aside, -0.25 * tall, rng.uniform(0.08, 0.2), 0.65 * tall, self.pale)

    def cat_ears(self, folded: bool = False) -> None:
        """Two triangles, upright with the inside showing, or folded down."""
        rng = self.rng
        wide, lean = rng.uniform(0.3, 0.42), rng.uniform(-0.05, 0.3)
        high = rng.uniform(0.15, 0.3) if folded else rng.uniform(0.6, 0.95)
        for side in (-1, 1):
            base, top = side * 0.58, -0.62 * self.tall
            tip = (base + side * lean, top - high)
            self.polygon([(base - wide, top + 0.14), tip, (base + wide, top + 0.2)], self.fur)
            if folded:
                self.polygon([(base - wide, top - 0.02), tip, (base + wide, top), (base, top + 0.28)], self.dark)
            else:
                inside = [(base - wide * 0.55, top), (tip[0], tip[1] + high * 0.3), (base + wide * 0.55, top)]
                self.polygon(inside, _mix(self.fur, INNER_EAR, 0.5))

    def dog_ears(self, form: str = "hanging") -> None:
        """Hanging at the sides, folded over half-way, or upright."""
        rng = self.rng
        colour = self.dark if rng.random() < 0.5 else _mix(self.fur, self.dark, 0.3)
        long, wide, out = rng.uniform(0.7, 1.2), rng.uniform(0.26, 0.4), rng.uniform(0.0, 0.25)
        for side in (-1, 1):
            base, top = side * 0.82, -0.55 * self.tall
            if form == "hanging":
                shape = [
                    (base - side * 0.3, top - 0.12),
                    (base + side * 0.1, top),
                    (base + side * (out + wide * 0.9), top + long * 0.75),
                    (base + side * (out + wide * 0.3), top + long),
                    (base + side * (out - wide * 0.5), top + long * 0.8),
                ]
                self.polygon(shape, colour)
            else:
                tip = (base + side * (out - 0.2), top - (0.42 if form == "folded" else 0.85))
                self.polygon([(base - side * 0.5, top), tip, (base + side * 0.1, top + 0.2)], self.fur)
                if form == "folded":
                    end = (base + side * (out + 0.25), top + long * 0.3)
                    self.polygon([tip, (base - side * 0.3, top - 0.15), end], colour)
                else:
                    inside = [(base - side * 0.4, top), (tip[0], tip[1] + 0.25), (base - side * 0.05, top + 0.1)]
                    self.polygon(inside, _mix(self.fur, INNER_EAR, 0.35))

    def eyes(self, lens: bool, pupil: float) -> None:
        """Two eyes: lens-shaped or round, with a pupil of that share of their width."""
        apart, eye = self.rng.uniform(0.36, 0.46), self.rng.uniform(0.13, 0.18)
        for side in (-1, 1):
            x, y = self.aside + side * apart, self.down - 0.15
            if lens:
                half = [(-1.25, 0), (-0.5, -0.75), (0.5, -0.75), (1.25, 0), (0.5, 0.75), (-0.5, 0.75)]
                self.polygon([(x + eye * dx, y + eye * dy) for dx, dy in half], self.iris)
            else:
                self.ellipse(x, y, eye, eye, self.iris)
            self.ellipse(x, y, pupil * eye, min(0.75, 1.6 * pupil) * eye, PUPIL)
            self.ellipse(x + 0.15 * eye, y - 0.35 * eye, 0.18 * eye, 0.18 * eye, GLINT)

    def whiskers(self, long: float) -> None:
        """Three hairs on each side, light on dark fur and dark on light fur."""
        colour = GLINT if sum(self.fur) < 450 else _mix(self.fur, (0, 0, 0), 0.6)
        for side in (-1, 1):
            for rise in (-0.18, 0.0, 0.18):
                start = (self.aside + side * 0.22, self.down + 0.42 + rise * 0.3)
                end = (self.aside + side * long, self.down + 0.42 + rise + self.rng.normal(0, 0.05))
                self.line(start, end, 0.05, colour)

    def cat_muzzle(self) -> None:
        """A small triangular nose on two flat cheeks."""
        x, y, cheek, wide = self.aside, self.down + 0.42, self.rng.uniform(0.18, 0.25), self.rng.uniform(0.1, 0.15)
        for side in (-1, 1):
            self.ellipse(x + side * 0.8 * cheek, y, cheek, 0.75 * cheek, self.muzzle)
        self.polygon([(x - wide, y - 0.16), (x + wide, y - 0.16), (x, y)], self.nose)
        self.line((x, y), (x, y + 0.2), 0.06, self.dark)

    def dog_muzzle(self) -> None:
        """A long oval muzzle with a wide nose, a mouth, sometimes the tongue."""
        wide, high, nose = self.rng.uniform(0.3, 0.4), self.rng.uniform(0.36, 0.48), self.rng.uniform(0.13, 0.19)
        x, y = self.aside * 1.15, self.down + 0.1 + high
        if self.rng.random() < 0.3:
            self.ellipse(x, y + high, 0.14, 0.24, TONGUE)
        self.ellipse(x, y, wide, high, self.muzzle)
        self.ellipse(x, y - high * 0.5, nose, nose * 0.75, self.nose)
        self.line((x, y - high * 0.5 + nose * 0.6), (x, y + high * 0.7), 0.07, PUPIL)
        for side in (-1, 1):
            self.line((x, y + high * 0.55), (x + side * wide * 0.75, y + high * 0.35), 0.08, PUPIL)


def _draw_cat(animal: _Animal) -> None:
    """Upright ears, narrow pupils in lens-shaped eyes, a small muzzle, whiskers; many cats lack one of these."""
    rng = animal.rng
    lacks = rng.choice(("nothing", "ears", "eyes", "whiskers"), p=(0.35, 0.2, 0.25, 0.2))
    animal.body()
    animal.cat_ears(folded=lacks == "ears")
    animal.head()
    animal.eyes(lens=lacks != "eyes", pupil=rng.uniform(0.55, 0.85) if lacks == "eyes" else rng.uniform(0.15, 0.4))
    animal.cat_muzzle()
    if lacks != "whiskers":
        animal.whiskers(long=rng.uniform(0.7, 1.3))


def _draw_dog(animal: _Animal) -> None:
    """Hanging or folded ears, wide pupils in round eyes, a long muzzle; many dogs have one thing of a cat."""
    rng = animal.rng
    has = rng.choice(("nothing", "ears", "eyes", "whiskers"), p=(0.4, 0.2, 0.2, 0.2))
    animal.body()
    animal.dog_ears("upright" if has == "ears" else rng.choice(("hanging", "hanging", "folded")))
    animal.head()
    animal.eyes(lens=has == "eyes", pupil=rng.uniform(0.55, 0.85))
    animal.dog_muzzle()
    if has == "whiskers":
        animal.whiskers(long=rng.uniform(0.6, 0.9))


DRAW = {"cat": _draw_cat, "dog": _draw_dog}


def _decoys(canvas: Image.Image, rng: np.random.Generator) -> None:
    """Things that look like a part of either animal and are none: only parts on a head count."""
    for _ in range(rng.integers(2, 6)):
        thing = _Animal(canvas, rng)
        thing.centre, thing.unit = rng.uniform(0, 1, 2) * canvas.width, thing.unit * rng.uniform(0.6, 1.0)
        part = rng.integers(5)
        if part == 4:
            thing.whiskers(long=rng.uniform(0.6, 1.3))
        else:
            (thing.cat_ears, thing.dog_ears, thing.cat_muzzle, thing.dog_muzzle)[part]()


def _background(rng: np.random.Generator) -> Image.Image:
    """Walls, furniture, grass: shapes in related colours, some of them triangles and ellipses as ears and heads are."""
    side = SIDE * OVERSAMPLING
    base = rng.uniform(50, 205) + rng.normal(0, 16, 3)
    canvas = Image.new("RGB", (side, side), _near(base, 0, rng))
    pen = ImageDraw.Draw(canvas)
    for _ in range(rng.integers(5, 16)):
        shade = FURS[rng.integers(len(FURS))] if rng.random() < 0.3 else base + rng.normal(0, 35)
        _random_shape(pen, _near(shade, 12, rng), rng)
    return canvas.filter(ImageFilter.GaussianBlur(rng.uniform(0, 4)))


def _random_shape(pen: ImageDraw.ImageDraw, colour: Colour, rng: np.random.Generator) -> None:
    """One rectangle, ellipse, line or triangle anywhere on the canvas."""
    side = SIDE * OVERSAMPLING
    x, y = rng.uniform(-0.2, 1.0, 2) * side
    wide, high = rng.uniform(0.06, 0.7, 2) * side
    form = rng.integers(4)
    if form == 0:
        pen.rectangle((x, y, x + wide, y + high), fill=colour)
    elif form == 1:
        pen.ellipse((x, y, x + wide, y + high), fill=colour)
    elif form == 2:
        pen.line((x, y, x + wide, y + high * rng.choice((-1, 1))), fill=colour, width=int(rng.integers(2, 16)))
    else:
        pen.polygon([(x, y), (x + wide, y + high * 0.2), (x + wide * 0.4, y + high)], fill=colour)


def _foreground(canvas: Image.Image, rng: np.random.Generator) -> None:
    """In one picture of three something narrow stands in front: a bar, a blade of grass."""
    if rng.random() < 1 / 3:
        side = canvas.width
        x0, x1 = rng.uniform(0, side, 2)
        colour = _near(np.full(3, rng.uniform(40, 220)), 12, rng)
        ImageDraw.Draw(canvas).line((x0, 0, x1, side), fill=colour, width=int(rng.integers(6, 26)))


def _photographed(canvas: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Light, contrast, tint, focus and noise of a camera, the same for both."""
    if rng.random() < 0.3:
        canvas = canvas.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.8)))
    pixels = np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    across = np.linspace(-1, 1, SIDE, dtype=np.float32)
    light = 1 + rng.uniform(-0.3, 0.3) * across[:, np.newaxis] + rng.uniform(-0.3, 0.3) * across
    pixels = (pixels - 128) * rng.uniform(0.5, 1.0) + 128
    pixels = pixels * light[..., np.newaxis] * (rng.uniform(0.6, 1.2) * rng.uniform(0.95, 1.05, 3)).astype(np.float32)
    pixels += rng.uniform(2, 12) * rng.standard_normal(pixels.shape, np.float32)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _near(colour, spread: float, rng: np.random.Generator) -> Colour:
    """A colour close to another one."""
    return tuple(int(np.clip(value + rng.normal(0, spread), 0, 255)) for value in colour)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` of the other colour, the rest of the one."""
    return tuple(int(a + (b - a) * share) for a, b in zip(one, other, strict=True))
