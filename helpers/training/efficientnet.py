"""EfficientNet-Lite0, a small network for ImageNet's thousand classes, layer by layer (chapter 11)."""

from helpers.backend.quiet import keras
from helpers.errors import DataError
from helpers.settings import DATA

layers = keras.layers

# Stages: how many blocks, the side of the kernel, the stride of the first block, how many times wider it is inside,
# channels that come out.
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320))  # fmt: skip


def efficientnet_lite0() -> keras.Model:
    """Build the network with random weights: ``models.load("efficientnet_lite0")`` has those of ImageNet.

    Returns:
        A functional model. It takes colour pictures of any size, (n, H, W, 3) in 0..1 (it was trained on 224 by 224),
        and gives 1,000 probabilities (`imagenet_classes`). Its layer ``"features"`` puts out 1,280 numbers a picture.

    Source: Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, arXiv:1905.11946,
    in the form that its authors call Lite: ReLU6, and no squeeze-and-excitation.
    """
    inputs = keras.Input((None, None, 3), name="pictures")
    maps = layers.Rescaling(255 / 128, -127 / 128, name="rescaling")(inputs)  # 0..1 becomes (-127..128) / 128
    maps = _normalised(layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="stem")(maps), "stem")
    number = 0
    for count, side, first_stride, wider, channels in STAGES:
        for stride in (first_stride, *(1,) * (count - 1)):
            number += 1
            maps = _block(maps, f"block{number}", side, stride, wider, channels)
    maps = _normalised(layers.Conv2D(1280, 1, use_bias=False, name="head")(maps), "head")
    features = layers.GlobalAveragePooling2D(name="features")(maps)
    scores = layers.Dense(1000, activation="softmax", name="classes")(layers.Dropout(0.2, name="dropout")(features))
    return keras.Model(inputs, scores, name="efficientnet_lite0")


def imagenet_classes() -> list[str]:
    """Names of ImageNet's thousand classes, in the order of the network's outputs.

    Raises:
        DataError: if the file is missing or damaged.
    """
    path = DATA / "imagenet" / "classes.txt"
    names = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if len(set(names)) != 1000:
        raise DataError(f"{path} should hold 1,000 names. Get it back with: git checkout -- data/imagenet")
    return names


def _block(maps, name: str, side: int, stride: int, wider: int, channels: int):
    """Widen the maps, filter each channel by itself, narrow them; add what came in where the shapes are equal."""
    came_in, inside = maps, wider * maps.shape[-1]
    if wider > 1:
        maps = _normalised(layers.Conv2D(inside, 1, use_bias=False, name=f"{name}_expand")(maps), f"{name}_expand")
    filters = layers.DepthwiseConv2D(side, stride, padding="same", use_bias=False, name=f"{name}_depthwise")
    maps = _normalised(filters(maps), f"{name}_depthwise")
    project = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project")
    maps = _normalised(project(maps), f"{name}_project", relu=False)
    return layers.Add(name=f"{name}_add")([maps, came_in]) if maps.shape == came_in.shape and stride == 1 else maps


def _normalised(maps, name: str, relu: bool = True):
    """Batch normalisation, and ReLU6 behind it: what is above 6 becomes 6."""
    maps = layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_norm")(maps)
    return layers.ReLU(6, name=f"{name}_relu")(maps) if relu else maps
