"""The networks of chapter 10, built from few pieces: normalised convolutions, residual blocks, averaged maps."""

from helpers.backend.quiet import keras

layers = keras.layers


def convolution(x, filters: int, normalise: bool, pool: bool = False, activation: str = "relu"):
    """Convolution, then pooling if asked for, batch normalisation if asked for, and the activation.

    Pooling comes first, because then a quarter of the values is left to normalise, and the result is the same for ReLU.

    Args:
        x: maps, a Keras tensor of shape (batch, H, W, C).
        filters: number of kernels of 3 by 3.
        normalise: whether batch normalisation takes the place of the bias.
        pool: whether max pooling halves height and width.
        activation: as Keras names it; ``"linear"`` for none.

    Returns:
        A Keras tensor.

    Source: Ioffe, Szegedy, "Batch Normalization", arXiv:1502.03167.
    """
    x = layers.Conv2D(filters, 3, padding="same", use_bias=not normalise)(x)
    if pool:
        x = layers.MaxPooling2D()(x)
    if normalise:
        x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.Activation(activation)(x)


def two_more(x, normalise: bool, shortcut: bool):
    """Two convolutions that keep the number of maps; with a shortcut past them they are a residual block.

    Args:
        x: maps, a Keras tensor of shape (batch, H, W, C).
        normalise: as in `convolution`.
        shortcut: whether ``x`` is added to what the two convolutions make of it.

    Returns:
        A Keras tensor of the same shape.

    Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", arXiv:1512.03385.
    """
    inside = convolution(x, x.shape[-1], normalise)
    inside = convolution(inside, x.shape[-1], normalise, activation="linear")
    return layers.Activation("relu")(layers.Add()([x, inside]) if shortcut else inside)


def convnet(
    shape: tuple[int, int, int],
    classes: int,
    widths: tuple[int, ...],
    *,
    normalise: bool = True,
    deeper: int = 1,
    shortcut: bool = True,
    average: bool = True,
    dropout: float = 0.0,
) -> keras.Model:
    """Build a network of stages, each of which halves height and width.

    Args:
        shape: of a picture: height, width, channels.
        classes: how many; each gets a probability.
        widths: number of maps in each stage.
        normalise: batch normalisation after each convolution.
        deeper: how many pairs of further convolutions each stage but the first has.
        shortcut: a way past each of these pairs.
        average: global average pooling before the last layer, instead of a dense layer of 100.
        dropout: share that is dropped before the last layer.

    Returns:
        A model that is not compiled.

    Source of global average pooling: Lin, Chen, Yan, "Network In Network", arXiv:1312.4400.
    """
    x = inputs = keras.Input(shape)
    for stage, width in enumerate(widths):
        x = convolution(x, width, normalise, pool=True)
        for _ in range(deeper if stage > 0 else 0):
            x = two_more(x, normalise, shortcut)
    x = layers.GlobalAveragePooling2D()(x) if average else layers.Dense(100, activation="relu")(layers.Flatten()(x))
    x = layers.Dropout(dropout)(x) if dropout else x
    return keras.Model(inputs, layers.Dense(classes, activation="softmax", dtype="float32")(x))
