"""Trains, keeps and carries over networks in PyTorch, for notebooks/pytorch/. Needs requirements-pytorch.txt."""

import os
import platform
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from helpers import models
from helpers.environment import FAST, choose_precision, cpuinfo, device_name, keras


@dataclass(frozen=True)
class Environment:
    """What a companion runs on. Printing it gives the one line that `setup` shows."""

    device: torch.device
    name: str
    bfloat16: bool
    seed: int

    def __str__(self):
        """One line: Python, PyTorch, device, precision, seed, fast or full."""
        return (
            f"Python {platform.python_version()} | PyTorch {torch.__version__} | {self.device.type}: {self.name} | "
            f"{precision(self.bfloat16)} | seed {self.seed} | {'fast mode (FAST=1)' if FAST else 'full mode'}"
        )


def setup(seed: int = 42) -> Environment:
    """Make a run repeatable, and find out what the machine computes fastest with.

    Args:
        seed: seeds NumPy and PyTorch. The environment variable ``SEED``, where set, takes its place.

    Returns:
        The `Environment` that was printed: the device (CUDA, Apple's MPS, else the CPU), and whether to compute in
        ``bfloat16`` where it is safe (`choose_precision`).

    Source: PyTorch, "Automatic Mixed Precision", https://docs.pytorch.org/docs/stable/amp.html
    """
    seed = int(os.environ.get("SEED") or seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        major, minor = torch.cuda.get_device_capability()
        device, gpu = "cuda", (torch.cuda.get_device_name(), major + minor / 10)
    elif torch.backends.mps.is_available():
        device, gpu = "mps", (platform.machine(), 0.0)
    else:
        device, gpu = "cpu", None
    half = choose_precision(gpu, set(cpuinfo("flags").split())) == "mixed_bfloat16"
    environment = Environment(torch.device(device), gpu[0] if gpu else device_name(), half, seed)
    print(environment)
    return environment


def precision(bfloat16: bool) -> str:
    """Name the precision of a training as Keras does: ``"mixed_bfloat16"`` or ``"float32"``."""
    return "mixed_bfloat16" if bfloat16 else "float32"


def as_tensor(images: np.ndarray) -> torch.Tensor:
    """Bring pictures into the order and range that PyTorch's layers expect.

    Args:
        images: (n, H, W) or (n, H, W, C), uint8 in 0..255.

    Returns:
        float32 in 0..1, (n, C, H, W): the channels come before height and width.

    Raises:
        ValueError: for another shape or type.
    """
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise ValueError(
            f"Expected uint8 pictures of shape (n, H, W) or (n, H, W, C), got {images.dtype} of shape {images.shape}."
        )
    channels_last = images if images.ndim == 4 else images[..., np.newaxis]
    return torch.from_numpy(channels_last.transpose(0, 3, 1, 2).astype("float32") / 255)


def batches(images: np.ndarray, labels: np.ndarray, size: int = 128, shuffle: bool = False) -> DataLoader:
    """Give pictures and labels out in batches.

    Args:
        images: as for `as_tensor`.
        labels: (n,) or (n, 1), whole numbers from 0.
        size: pictures in a batch.
        shuffle: in another order each time, as training needs it.

    Returns:
        A DataLoader of pairs (pictures, labels).
    """
    targets = torch.from_numpy(labels.reshape(-1).astype("int64"))
    return DataLoader(TensorDataset(as_tensor(images), targets), batch_size=size, shuffle=shuffle)


def train_epoch(
    network: nn.Module,
    loader: DataLoader,
    optimizer: torch.optim.Optimizer,
    bfloat16: bool = False,
    steps: int | None = None,
) -> tuple[float, float]:
    """Train a network on every batch once.

    Args:
        network: gives logits, (n, classes).
        loader: pairs (pictures, labels).
        optimizer: made for ``network.parameters()``.
        bfloat16: multiply in 16 bits, as `setup` advises; the weights stay float32.
        steps: stop after so many batches.

    Returns:
        Mean loss (crossentropy) and accuracy over the pictures, each counted while the network was still changing.
    """
    network.train()
    device = next(network.parameters()).device
    loss_sum = right = seen = 0
    for step, (images, labels) in enumerate(loader, start=1):
        images, labels = images.to(device), labels.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            logits = network(images)
        loss = nn.functional.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        right += (logits.argmax(dim=1) == labels).sum().item()
        seen += len(labels)
        if step == steps:
            break
    return loss_sum / seen, right / seen


def evaluate(network: nn.Module, loader: DataLoader, bfloat16: bool = False) -> tuple[float, float]:
    """Measure a network; it is not changed.

    Args:
        network: as in `train_epoch`.
        loader: as in `train_epoch`.
        bfloat16: as in `train_epoch`.

    Returns:
        Mean loss (crossentropy) and accuracy over all pictures.
    """
    logits, labels = predict(network, loader, bfloat16)
    return nn.functional.cross_entropy(logits, labels).item(), (logits.argmax(dim=1) == labels).float().mean().item()


@torch.no_grad()
def predict(network: nn.Module, loader: DataLoader, bfloat16: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Ask a network about every picture; it is not changed.

    Args:
        network: as in `train_epoch`.
        loader: as in `train_epoch`.
        bfloat16: as in `train_epoch`.

    Returns:
        Logits (n, classes) in float32, and the labels (n,), both on the CPU.
    """
    network.eval()
    device = next(network.parameters()).device
    logits, labels = [], []
    for images, truth in loader:
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            logits.append(network(images.to(device)).float().cpu())
        labels.append(truth)
    return torch.cat(logits), torch.cat(labels)


def fashion_cnn() -> nn.Sequential:
    """Build the network of chapter 04 with 333,526 untrained parameters; it gives logits, (n, 10)."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 32, kernel_size=3, padding="same"),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(32, 64, kernel_size=3, padding="same"),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            hidden=nn.Linear(7 * 7 * 64, 100),
            relu3=nn.ReLU(),
            dropout=nn.Dropout(0.4),
            output=nn.Linear(100, 10),
        )
    )


def from_keras(model: keras.Model, network: nn.Module) -> None:
    """Copy the weights of a Keras network into the same network in PyTorch.

    Args:
        model: layers in a row; those with weights are Conv2D and Dense.
        network: the same layers in the same order; it is changed.

    Raises:
        ValueError: if another kind of layer has weights, or the shapes do not fit.
    """
    arrays = [array for layer, shape in _with_weights(model) for array in _keras_to_torch(layer, shape)]
    parameters = list(network.parameters())
    shapes, expected = [array.shape for array in arrays], [tuple(parameter.shape) for parameter in parameters]
    if shapes != expected:
        raise ValueError(f"The Keras network's weights, in PyTorch's order, are {shapes}; the other has {expected}.")
    with torch.no_grad():
        for parameter, array in zip(parameters, arrays, strict=True):
            parameter.copy_(torch.from_numpy(array.copy()))


def to_keras(network: nn.Module, model: keras.Model) -> None:
    """Copy the weights of a PyTorch network into the same network in Keras.

    Args:
        network: as in `from_keras`.
        model: as in `from_keras`; it is changed.

    Raises:
        ValueError: as in `from_keras`.
    """
    arrays = [parameter.detach().float().cpu().numpy() for parameter in network.parameters()]
    pairs = list(_with_weights(model))
    expected = [array.shape for layer, shape in pairs for array in _keras_to_torch(layer, shape)]
    if [array.shape for array in arrays] != expected:
        raise ValueError(
            f"The Keras network takes, in PyTorch's order, weights of shapes {expected}; "
            f"the other has {[array.shape for array in arrays]}."
        )
    for (layer, shape), kernel, bias in zip(pairs, arrays[::2], arrays[1::2], strict=True):
        if kernel.ndim == 4:
            kernel = kernel.transpose(2, 3, 1, 0)
        elif shape:
            height, width, channels = shape
            kernel = kernel.reshape(-1, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, len(kernel))
        else:
            kernel = kernel.T
        layer.set_weights([kernel, bias])


def _with_weights(model: keras.Model) -> Iterator[tuple[keras.Layer, tuple[int, ...]]]:
    """Layers with weights; with each, the shape (H, W, C) of the maps that were flattened right before it, or ()."""
    flattened = ()
    for layer in model.layers:
        if isinstance(layer, keras.layers.Flatten):
            flattened = tuple(layer.input.shape[1:]) if len(layer.input.shape) == 4 else ()
        if layer.weights:
            if not isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)) or len(layer.weights) != 2:
                raise ValueError(f"Only Conv2D and Dense layers with biases can be carried over; got {layer.name!r}.")
            yield layer, flattened
            flattened = ()


def _keras_to_torch(layer: keras.Layer, flattened: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a Keras layer in PyTorch's order of axes."""
    kernel, bias = (np.asarray(weights, "float32") for weights in layer.get_weights())
    if kernel.ndim == 4:
        return kernel.transpose(3, 2, 0, 1), bias
    if flattened:  # Keras lays the values out by height, width, channel; PyTorch by channel, height, width
        kernel = kernel.reshape(*flattened, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    return kernel.T, bias


def save(network: nn.Module, name: str, *, bfloat16: bool, dataset: str | None = None, **measured) -> Path:
    """Store a ``state_dict`` and its card in your own folder. The shipped networks are never touched.

    Args:
        network: the trained network.
        name: letters, digits and underscores.
        bfloat16: whether it was trained with it. The kernels are then stored as they were multiplied with, in 16
            bits, which takes half the room; the biases stay float32.
        dataset: as in ``helpers.models.save``.
        **measured: as in ``helpers.models.save``.

    Returns:
        The path of the ``.pt`` file.

    Raises:
        ValueError: if ``name`` cannot be a file name, or the data set is not known.
        PermissionError: if the folder cannot be written to.
    """
    state = {
        key: tensor.to(torch.bfloat16) if bfloat16 and tensor.ndim > 1 else tensor
        for key, tensor in ((key, value.detach().cpu()) for key, value in network.state_dict().items())
    }
    device = next(network.parameters()).device
    facts = {
        "torch": torch.__version__,
        "precision": precision(bfloat16),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device_name(),
    }
    return models.write(name, ".pt", lambda path: torch.save(state, path), facts, dataset, measured)


def load_state(name: str, folder: str | Path | None = None) -> dict[str, torch.Tensor]:
    """Load the weights of a trained network; PyTorch keeps no architecture with them.

    Args:
        name: for instance ``"pytorch_fashion_cnn"``.
        folder: as in ``helpers.models.load``.

    Returns:
        float32 tensors on the CPU, by name, for ``network.load_state_dict``.

    Raises:
        CheckpointError: if there is none of that name (the message lists those there are), or the file is damaged.
    """
    state = torch.load(models.verified(name, ".pt", folder), map_location="cpu", weights_only=True)
    return {key: tensor.float() for key, tensor in state.items()}
