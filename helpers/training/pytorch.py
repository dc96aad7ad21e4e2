"""Trains, keeps and carries over networks in PyTorch, for notebooks/pytorch/. Needs requirements-pytorch.txt."""

import platform
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers import models
from helpers.backend import precision as formats
from helpers.backend.versions import outside
from helpers.environment import cpu_name, cpuinfo, find_gpu, keras
from helpers.language import say
from helpers.settings import FAST, ROOT, chosen_seed

try:
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        say(
            "{error}. The companions need PyTorch: make pytorch (or pip install -r requirements-pytorch.txt), "
            "then restart the kernel.",
            error=error,
        ),
        name=error.name,
    ) from error

NO_BATCH = "The loader gives no batch: is its data set empty, or drop_last set and the data set smaller than a batch?"


@dataclass(frozen=True)
class TorchEnvironment:
    """What a companion runs on. Printing it gives the one line that `setup` shows."""

    device: torch.device
    device_name: str
    bfloat16: bool
    reason: str
    seed: int

    @property
    def precision(self) -> str:
        """Precision of a training, named as Keras does."""
        return "mixed_bfloat16" if self.bfloat16 else "float32"

    def __str__(self):
        """One line: Python, PyTorch, device, precision and why, seed, fast or full."""
        return say(
            "Python {python} | PyTorch {pytorch} | {self.device.type}: {self.device_name} | {self.precision} "
            "({self.reason}) | seed {self.seed} | {mode}",
            python=platform.python_version(),
            pytorch=torch.__version__,
            self=self,
            mode=say("fast mode (FAST=1)") if FAST else say("full mode"),
        )


def setup(seed: int = 42) -> TorchEnvironment:
    """Make a run repeatable, and find out what the machine computes fastest with.

    Args:
        seed: seeds Python, NumPy and PyTorch. The environment variable ``SEED``, where set, takes its place.

    Returns:
        The `TorchEnvironment` that was printed: the device (CUDA, Apple's MPS, else the CPU), and whether to compute in
        ``bfloat16`` where it is safe (see `helpers.backend.precision`).

    Raises:
        ValueError: if the seed is no whole number from 0 to 4,294,967,295.

    Source: PyTorch, "Automatic Mixed Precision", https://docs.pytorch.org/docs/stable/amp.html
    """
    seed = chosen_seed(seed)
    find_gpu()  # or TensorFlow would take all of a GPU's memory when a lesson loads a network of Keras
    _switch_tf32_off()
    if torch.cuda.is_available():
        major, minor = torch.cuda.get_device_capability()
        device, gpu = "cuda", (torch.cuda.get_device_name(), major + minor / 10)
    elif torch.backends.mps.is_available():
        device, gpu = "mps", ("Apple GPU", 0.0)
    else:
        device, gpu = "cpu", None
    device_name = gpu[0] if gpu else cpu_name()
    policy = formats.sixteen_bits(gpu, set(cpuinfo("flags").split()))
    policy, reason = formats.fastest(
        policy if policy == "mixed_bfloat16" else "",
        f"{device_name}, PyTorch {torch.__version__}",
        lambda policy: training_step(torch.device(device), bfloat16=policy == "mixed_bfloat16"),
    )
    random.seed(seed)  # after the measurement, which draws random weights
    np.random.seed(seed)
    torch.manual_seed(seed)
    environment = TorchEnvironment(
        device=torch.device(device),
        device_name=device_name,
        bfloat16=policy == "mixed_bfloat16",
        reason=reason,
        seed=seed,
    )
    print(environment)
    for untested in filter(None, (outside(ROOT / name) for name in ("requirements.txt", "requirements-pytorch.txt"))):
        print(untested)
    return environment


def training_step(device: torch.device, bfloat16: bool) -> Callable[[], object]:
    """Make one training step of the network of chapter 04, for `helpers.backend.precision.fastest`."""
    network = fashion_cnn().to(device)
    pictures = np.zeros((formats.PICTURES, 28, 28), np.uint8)
    loader = batches(pictures, np.zeros(formats.PICTURES, int), size=formats.PICTURES)
    optimizer = torch.optim.SGD(network.parameters())
    return lambda: train_epoch(network, loader, optimizer, bfloat16)


def _switch_tf32_off() -> None:
    """Make GPUs compute float32 with all its digits, so that both libraries give the same numbers."""
    torch.backends.cudnn.allow_tf32 = False
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(False)


def to_tensor(images: np.ndarray) -> torch.Tensor:
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
            say(
                "Expected uint8 pictures of shape (n, H, W) or (n, H, W, C), got {images.dtype} of shape "
                "{images.shape}.",
                images=images,
            )
        )
    channels_last = images if images.ndim == 4 else images[..., np.newaxis]
    tensor = torch.from_numpy(np.ascontiguousarray(channels_last.transpose(0, 3, 1, 2), dtype="float32"))
    return tensor.div_(255)


def batches(images: np.ndarray, labels: np.ndarray, size: int = 128, shuffle: bool = False) -> DataLoader:
    """Give pictures and labels out in batches.

    Args:
        images: as for `to_tensor`.
        labels: (n,) or (n, 1), whole numbers from 0.
        size: pictures in a batch.
        shuffle: in another order each time, as training needs it.

    Returns:
        A DataLoader of pairs (pictures, labels).

    Raises:
        ValueError: if there is not a whole number for each picture, or the pictures are none.
    """
    labels = np.asarray(labels)
    if labels.size != len(images) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            say(
                "Expected one whole number for each of {count} pictures, got {labels.dtype} of shape {labels.shape}.",
                count=len(images),
                labels=labels,
            )
        )
    targets = torch.from_numpy(labels.reshape(-1).astype("int64"))
    return DataLoader(TensorDataset(to_tensor(images), targets), batch_size=size, shuffle=shuffle)


def train_epoch(
    network: nn.Module,
    loader: DataLoader,
    optimizer: torch.optim.Optimizer,
    bfloat16: bool = False,
    steps: int | None = None,
) -> tuple[float, float]:
    """Train a network on every batch once, in training mode.

    Args:
        network: gives logits, (n, classes).
        loader: pairs (pictures, labels).
        optimizer: made for ``network.parameters()``.
        bfloat16: multiply in 16 bits, as `setup` advises; the weights stay float32.
        steps: stop after so many batches.

    Returns:
        Mean loss (cross-entropy) and accuracy over the pictures, each counted while the network was still changing.
    """
    network.train()
    device = next(network.parameters()).device
    loss_sum = correct = seen = 0
    for step, (images, labels) in enumerate(loader, start=1):
        images, labels = images.to(device), labels.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            logits = network(images)
        loss = nn.functional.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        correct += (logits.argmax(dim=1) == labels).sum().item()
        seen += len(labels)
        if step == steps:
            break
    if not seen:
        raise ValueError(say(NO_BATCH))
    return loss_sum / seen, correct / seen


def evaluate(network: nn.Module, loader: DataLoader, bfloat16: bool = False) -> tuple[float, float]:
    """Measure a network; `train_epoch` says what it takes. It is left in evaluation mode.

    Returns:
        Mean loss (cross-entropy) and accuracy over all pictures.
    """
    logits, labels = predict(network, loader, bfloat16)
    return nn.functional.cross_entropy(logits, labels).item(), (logits.argmax(dim=1) == labels).float().mean().item()


@torch.no_grad()
def predict(network: nn.Module, loader: DataLoader, bfloat16: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Ask a network about every picture; `train_epoch` says what it takes. It is left in evaluation mode.

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
    if not labels:
        raise ValueError(say(NO_BATCH))
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


# Layers that compute the same in both libraries, if pooling and padding are given as in Keras.
WITHOUT_WEIGHTS = (
    keras.layers.Activation,
    keras.layers.AveragePooling2D,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.InputLayer,
    keras.layers.MaxPooling2D,
    keras.layers.ReLU,
    keras.layers.ZeroPadding2D,
)


def from_keras(model: keras.Sequential, network: nn.Module) -> None:
    """Copy the weights of a Keras network into the same network in PyTorch.

    Args:
        model: a Sequential of convolutions (Conv2D), dense layers, and layers without weights.
        network: the same layers; those with weights were made in the same order. It is changed.

    Raises:
        ValueError: if the model holds another kind of layer, or the shapes do not fit.
    """
    arrays = _in_pytorch_order(model)
    parameters = list(network.parameters())
    _check_shapes(arrays, parameters)
    with torch.no_grad():
        for parameter, array in zip(parameters, arrays, strict=True):
            parameter.copy_(torch.from_numpy(array.copy()))


def to_keras(network: nn.Module, model: keras.Sequential) -> None:
    """Copy the weights of a PyTorch network into the same network in Keras: the way back of `from_keras`."""
    arrays = [parameter.detach().float().cpu().numpy() for parameter in network.parameters()]
    _check_shapes(_in_pytorch_order(model), arrays)
    for (layer, flattened), kernel, bias in zip(_with_weights(model), arrays[::2], arrays[1::2], strict=True):
        if kernel.ndim == 4:
            kernel = kernel.transpose(2, 3, 1, 0)
        elif flattened:
            height, width, channels = flattened
            kernel = kernel.reshape(-1, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, len(kernel))
        else:
            kernel = kernel.T
        layer.set_weights([kernel, bias])


def _check_shapes(keras_arrays: list[np.ndarray], torch_arrays: list) -> None:
    """Refuse weights that do not fit."""
    ours, theirs = ([tuple(array.shape) for array in arrays] for arrays in (keras_arrays, torch_arrays))
    if ours != theirs:
        raise ValueError(
            say(
                "These are not the same network. Weights in PyTorch's order: {ours} in Keras, {theirs} in PyTorch.",
                ours=ours,
                theirs=theirs,
            )
        )


def _in_pytorch_order(model: keras.Sequential) -> list[np.ndarray]:
    """Kernel and bias of each layer, float32, with the axes and the order of values that PyTorch has."""
    arrays = []
    for layer, flattened in _with_weights(model):
        kernel, bias = (np.asarray(weights, "float32") for weights in layer.get_weights())
        if kernel.ndim == 4:
            kernel = kernel.transpose(3, 2, 0, 1)
        else:
            if flattened:  # Keras lays values out by height, width, channel; PyTorch by channel, height, width
                kernel = kernel.reshape(*flattened, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
            kernel = kernel.T
        arrays += [kernel, bias]
    return arrays


def _with_weights(model: keras.Sequential) -> Iterator[tuple[keras.Layer, tuple[int, ...]]]:
    """Layers with weights; with each, the shape (H, W, C) of the maps that were flattened right before it, or ()."""
    if not isinstance(model, keras.Sequential) or not model.built:
        raise ValueError(
            say("Expected a built keras.Sequential, got {model!r}. Begin it with keras.Input(...).", model=model)
        )
    flattened = ()
    for layer in model.layers:
        if isinstance(layer, keras.layers.Flatten) and len(layer.input.shape) == 4:
            flattened = tuple(layer.input.shape[1:])
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)) and layer.use_bias:
            yield layer, flattened
            flattened = ()
        elif not isinstance(layer, WITHOUT_WEIGHTS):
            raise ValueError(
                say(
                    "The layer {layer.name!r} ({kind}) cannot be carried over: only Conv2D and Dense with biases, "
                    "and layers without weights that both libraries have.",
                    layer=layer,
                    kind=type(layer).__name__,
                )
            )


def round_kernels(network: nn.Module) -> None:
    """Round kernels to bfloat16, as a training in it multiplied with them, so that `save` can keep them in 16 bits.

    Args:
        network: it is changed; biases and all else that has one axis stay.
    """
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.copy_(parameter.bfloat16())


def save(
    network: nn.Module, name: str, environment: TorchEnvironment, *, dataset: str | Path | None = None, **measured
) -> Path:
    """Store a ``state_dict`` and its card in your own folder. The shipped networks are never touched.

    Nothing is lost: numbers that 16 bits can hold (see `round_kernels`) are stored in 16, all others as they are.

    Args:
        network: the trained network.
        name: letters, digits and underscores.
        environment: what it was trained on.
        dataset: as in ``helpers.models.save``.
        **measured: as in ``helpers.models.save``.

    Returns:
        The path of the ``.pt`` file.

    Raises:
        ValueError: if ``name`` cannot be a file name, or the data set is not known.
        PermissionError: if the folder cannot be written to.
    """
    state = {key: _compact(tensor.detach().cpu()) for key, tensor in network.state_dict().items()}
    facts = {
        "torch": torch.__version__,
        "precision": environment.precision,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "device": environment.device_name,
        "seed": environment.seed,
    }
    return models.write_checkpoint(name, ".pt", lambda path: torch.save(state, path), facts, dataset, measured)


def _compact(tensor: torch.Tensor) -> torch.Tensor:
    """Give the same numbers in bfloat16 where it can hold them, else the tensor."""
    if tensor.dtype == torch.float32 and torch.equal(tensor.bfloat16().float(), tensor):
        return tensor.bfloat16()
    return tensor


def load_state(name: str, folder: str | Path | None = None) -> dict[str, torch.Tensor]:
    """Load the weights of a trained network; PyTorch keeps no architecture with them.

    Args:
        name: for instance ``"pytorch_fashion_cnn"``.
        folder: as in ``helpers.models.load``.

    Returns:
        Tensors on the CPU, by name, for ``network.load_state_dict``; kernels and biases are float32.

    Raises:
        CheckpointError: if there is none of that name (the message lists those there are), or the file is damaged.
    """
    state = torch.load(models.checked_path(name, ".pt", folder), map_location="cpu", weights_only=True)
    return {key: tensor.float() if tensor.dtype == torch.bfloat16 else tensor for key, tensor in state.items()}
