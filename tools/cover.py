"""Draws the picture of the README: ``python -m tools.cover``. Nothing in it is a photograph."""

import matplotlib.pyplot as plt
import numpy as np

from helpers import models
from helpers.activations import feature_maps
from helpers.interpret import grad_cam
from helpers.pictures.drawn import draw_pet
from tools.notebooks import ROOT

COVER = ROOT / "site" / "cover.jpg"
LAYERS = ("conv1", "conv2", "conv3")
CHANNELS = 4
SEED = 7


def main() -> None:
    """Draw a cat, the strongest feature maps of three layers, and what made the network answer: cat."""
    network = models.load("cats_dogs_augmented_drawn")
    picture = draw_pet("cat", SEED) / np.float32(255)
    maps = feature_maps(network, picture[np.newaxis], LAYERS)
    rows = [["in"] * 3 + [f"{layer} {place}" for place in range(CHANNELS)] + ["out"] * 3 for layer in LAYERS]
    figure, axes = plt.subplot_mosaic(rows, figsize=(12, 3.6), layout="constrained")
    for axis in axes.values():
        axis.set_axis_off()
    for layer in LAYERS:
        strongest = np.argsort(-maps[layer][0].mean(axis=(0, 1)))
        for place in range(CHANNELS):
            axes[f"{layer} {place}"].imshow(maps[layer][0, :, :, strongest[place]], cmap="viridis")
    axes["in"].imshow(picture)
    axes["in"].set_title("a drawn cat")
    axes[f"{LAYERS[0]} 1"].set_title("feature maps of three layers", loc="left")
    axes["out"].imshow(picture.mean(axis=-1), cmap="gray", vmin=0, vmax=1)
    heat = grad_cam(network, picture[np.newaxis])[0]
    axes["out"].imshow(heat, cmap="inferno", alpha=0.85 * heat)
    axes["out"].set_title("what made it answer: cat")
    COVER.parent.mkdir(exist_ok=True)
    figure.savefig(COVER, dpi=80, pil_kwargs={"quality": 85})


if __name__ == "__main__":
    main()
