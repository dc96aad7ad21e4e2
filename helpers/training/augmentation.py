"""Moves training pictures about: rotation, shift, shear, zoom and mirroring in one step (chapter 06)."""

import math
from numbers import Real

from helpers.backend.quiet import keras
from helpers.language import say

ops = keras.ops


@keras.saving.register_keras_serializable("course")
class RandomAffine(keras.layers.Layer):
    """Rotates, shifts, shears, zooms and mirrors each picture of a batch by its own random amount, in training only.

    Keras has a layer for each of these (``RandomRotation``, ``RandomTranslation``, ...). Each of them computes all
    pixels anew, so four in a row take four times as long and blur the picture four times. Here the four matrices
    are multiplied first, and the pixels are computed once, by ``keras.ops.image.affine_transform``.

    Args:
        rotation: largest angle in degrees, either way.
        shift: largest shift as a fraction of height and width, either way, drawn for each of them.
        shear: largest sideways shift of a row per row of distance from the centre (the tangent of the angle).
        zoom: 0.5 draws a magnification between 1 / 1.5 and 1.5; below and above 1 equally often.
        flip: mirror every second picture, left to right.
        fill_mode: what stands where the picture has ended: ``"nearest"``, ``"reflect"``, ``"wrap"`` or
            ``"constant"`` (black).
        seed: for repeatable pictures; by default drawn from Keras's seed.

    Call with images of shape (n, H, W, C), any range, H and W known; returns float32 of the same shape.

    Raises:
        ValueError: for an amount that is no number from 0 on, an unknown fill mode, or images with other axes.

    Source: Goodfellow, Bengio, Courville, "Deep Learning", section 7.4; the matrices are those of the Keras guide
    https://keras.io/api/ops/image/#affine_transform-function
    """

    def __init__(
        self, rotation=0.0, shift=0.0, shear=0.0, zoom=0.0, flip=False, fill_mode="nearest", seed=None, **settings
    ):
        super().__init__(**{"dtype": "float32"} | settings)  # 150 pixels and their fractions need more than bfloat16
        amounts = {"rotation": rotation, "shift": shift, "shear": shear, "zoom": zoom}
        for name, amount in amounts.items():
            if not isinstance(amount, Real) or not 0 <= amount < math.inf:
                raise ValueError(
                    say(
                        "{name} is the largest amount, either way, so a number from 0 on; got {amount!r}.",
                        name=name,
                        amount=amount,
                    )
                )
        if fill_mode not in ("nearest", "reflect", "wrap", "constant"):
            raise ValueError(
                say("fill_mode is 'nearest', 'reflect', 'wrap' or 'constant'; got {fill_mode!r}.", fill_mode=fill_mode)
            )
        self.amounts, self.flip, self.fill_mode = amounts, flip, fill_mode
        self.seed, self.generator = seed, keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        """Return the pictures moved about; unchanged when not training."""
        if len(images.shape) != 4:
            raise ValueError(
                say(
                    "Expected images of shape (n, H, W, C), got {images.shape}: pass picture[np.newaxis].",
                    images=images,
                )
            )
        images = ops.cast(images, "float32")
        if not training:
            return images
        count, height, width, _ = ops.shape(images)
        return ops.image.affine_transform(
            images,
            affine_vectors(
                angle=self._draw(count, self.amounts["rotation"] * math.pi / 180),
                shift_x=self._draw(count, self.amounts["shift"] * width),
                shift_y=self._draw(count, self.amounts["shift"] * height),
                shear=self._draw(count, self.amounts["shear"]),
                zoom=ops.exp(self._draw(count, math.log1p(self.amounts["zoom"]))),
                mirror=ops.sign(self._draw(count, 1.0)) if self.flip else ops.ones(count),
                size=(height, width),
            ),
            fill_mode=self.fill_mode,
        )

    def get_config(self):
        """Return what `__init__` takes, so that a model with this layer can be copied and saved."""
        return super().get_config() | self.amounts | {"flip": self.flip, "fill_mode": self.fill_mode, "seed": self.seed}

    def _draw(self, count, amount):
        """One number between minus and plus the amount for each picture."""
        return keras.random.uniform((count,), -amount, amount, seed=self.generator)


def affine_vectors(angle, shift_x, shift_y, shear, zoom, mirror, size):
    """Multiply mirroring, rotation, shear and zoom about the middle, and a shift, into one transformation a picture.

    Args:
        angle: radians, (n,), as all the following.
        shift_x: pixels to the right.
        shift_y: pixels down.
        shear: pixels that a row moves sideways for each row that it is away from the middle.
        zoom: magnification.
        mirror: -1 to mirror left to right, else 1.
        size: height and width of the pictures.

    Returns:
        float32, (n, 8): for each place in the result, where in the original its pixel comes from, as
        ``keras.ops.image.affine_transform`` takes it.
    """
    cos, sin = ops.cos(angle), ops.sin(angle)
    xx, xy = mirror * cos / zoom, mirror * (cos * shear - sin) / zoom
    yx, yy = sin / zoom, (sin * shear + cos) / zoom
    middle_y, middle_x = (size[0] - 1) / 2, (size[1] - 1) / 2
    from_x, from_y = middle_x + shift_x, middle_y + shift_y
    x0 = middle_x - xx * from_x - xy * from_y
    y0 = middle_y - yx * from_x - yy * from_y
    nothing = ops.zeros_like(angle)
    return ops.stack([xx, xy, x0, yx, yy, y0, nothing, nothing], axis=1)
