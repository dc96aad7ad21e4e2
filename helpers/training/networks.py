"""The networks of chapter 10, built from few pieces: normalised convolutions, residual blocks, averaged maps."""

import numpy as np

from helpers.backend.quiet import keras

layers = keras.layers


def convolution(x, filters: int, normalise: bool, pool: bool = False, activation: str = "relu"):
    """Convolution, then pooling if asked for, batch normalisation if asked for, and the activation.

    Pooling comes first, because a quarter of the values is then left to normalise.

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


def further(x, count: int, normalise: bool, skip: bool):
    """Convolutions that keep the number of maps; with a skip connection past them they are a residual block.

    Args:
        x: maps, a Keras tensor of shape (batch, H, W, C).
        count: how many.
        normalise: as in `convolution`.
        skip: whether ``x`` is added to what the convolutions make of it, before the last ReLU.

    Returns:
        A Keras tensor of the same shape.

    Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", arXiv:1512.03385.
    """
    inside = x
    for index in range(count):
        inside = convolution(inside, x.shape[-1], normalise, activation="relu" if index < count - 1 else "linear")
    return layers.Activation("relu")(layers.Add()([x, inside]) if skip else inside)


def convnet(
    shape: tuple[int, int, int],
    classes: int,
    first: int,
    stages: tuple[int, ...],
    *,
    normalise: bool = True,
    more: int = 2,
    skip: bool = True,
    ending: str = "average",
    patches: bool = False,
    pool_first: bool = True,
    scale: float = 1.0,
    dropout: float = 0.0,
) -> keras.Model:
    """Build a network of stages, each of which begins with a convolution and halves height and width.

    Args:
        shape: of a picture: height, width, channels.
        classes: how many; each gets a probability.
        first: number of filters of the first convolution.
        stages: number of maps in each stage.
        normalise: batch normalisation after each convolution.
        more: how many convolutions follow in each stage.
        skip: a way past them.
        ending: what becomes of the last maps: ``"dense"`` (a dense layer of 100 looks at all their values),
            ``"average"`` (global average pooling) or ``"maximum"`` (global max pooling).
        patches: the first convolution looks at patches of 2 by 2 pixels, as `whiten` needs it, and is not pooled.
        pool_first: whether the first convolution is pooled.
        scale: what goes into the last layer is multiplied with it; a small number slows that layer's learning down.
        dropout: share that is dropped before the last layer.

    Returns:
        A model that is not compiled.

    Source of global average pooling: Lin, Chen, Yan, "Network In Network", arXiv:1312.4400.
    """
    x = inputs = keras.Input(shape)
    if patches:
        x = layers.Conv2D(first, 2, activation="relu", name="patches")(x)
    else:
        x = convolution(x, first, normalise, pool_first)
    for width in stages:
        x = convolution(x, width, normalise, pool=True)
        x = further(x, more, normalise, skip) if more else x
    if ending == "dense":
        x = layers.Dense(100, activation="relu")(layers.Flatten()(x))
    else:
        x = {"average": layers.GlobalAveragePooling2D, "maximum": layers.GlobalMaxPooling2D}[ending]()(x)
    x = layers.Rescaling(scale)(x) if scale != 1 else x
    x = layers.Dropout(dropout)(x) if dropout else x
    return keras.Model(inputs, layers.Dense(classes, activation="softmax", dtype="float32")(x))


def whiten(model: keras.Model, pictures: np.ndarray) -> None:
    """Set the first layer so that its sums over patches of 2 by 2 pixels are uncorrelated and equally large; freeze it.

    Each direction in which the patches vary becomes a filter, divided by how much they vary in it; and its negative
    becomes another, because ReLU would throw half of it away.

    Args:
        model: of `convnet` with ``patches`` and twice as many first filters as a patch has numbers.
        pictures: uint8, (n, H, W, C), some of the training pictures.

    Source: Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", arXiv:2404.00498, section 3.2.
    """
    layer = model.get_layer("patches")
    patches = np.lib.stride_tricks.sliding_window_view(pictures, (2, 2), axis=(1, 2))[:, ::2, ::2]
    patches = patches.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 4 * pictures.shape[-1]).astype("float32") / 255
    variances, directions = np.linalg.eigh(np.cov(patches, rowvar=False))
    filters = directions / np.sqrt(variances + 1e-4)
    filters = np.concatenate([filters, -filters], axis=1)
    layer.set_weights([filters.reshape(layer.kernel.shape), -patches.mean(axis=0) @ filters])
    layer.trainable = False


def dirac(model: keras.Model) -> None:
    """Let every 3 by 3 convolution begin by handing on its input: filter number i keeps map number i.

    Filters for which there is no map left keep their random weights.

    Args:
        model: any model; its convolutions are changed.

    Source: Jordan, arXiv:2404.00498, after Zagoruyko, Komodakis, "DiracNets", arXiv:1706.00388.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (3, 3):
            kernel, *others = layer.get_weights()
            same = min(kernel.shape[2:])
            kernel[:, :, :same, :same] = 0
            kernel[1, 1, :same, :same] = np.eye(same)
            layer.set_weights([kernel, *others])
