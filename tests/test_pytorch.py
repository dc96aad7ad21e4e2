"""The companions in PyTorch: the training loop, weights carried between the libraries, and what ships of them."""

import json
import math
import subprocess
import sys

import jupytext
import numpy as np
import pytest
from conftest import ROOT
from test_models import cifar10_test_set, held_out

from helpers import data, models
from helpers.environment import keras

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make pytorch")

from helpers.training import pytorch  # noqa: E402
from helpers.training.records import RECORDS  # noqa: E402

pytestmark = pytest.mark.packages
nn = torch.nn
ENVIRONMENT = pytorch.TorchEnvironment(torch.device("cpu"), "a test", bfloat16=False, reason="as asked", seed=1)
SHIPPED = sorted(path.stem for path in models.SHIPPED.glob("*.pt"))
FACTS = {
    "name", "sha256", "parameters", "torch", "precision", "device", "fast", "data", "notebook", "seed", "epochs",
    "best_epoch", "train_seconds", "validation_accuracy", "test_accuracy", "seeds",
}  # fmt: skip


def lesson_code(notebook, *beginnings):
    """What is defined by the cells of a companion that begin with these words."""
    text = jupytext.read(ROOT / "notebooks" / "source" / "pytorch" / f"{notebook}.py")
    scope = {"nn": nn, "torch": torch}
    for beginning in beginnings:
        (source,) = (cell.source for cell in text.cells if cell.source.startswith(beginning))
        exec(source, scope)
    return scope


def lesson_class(notebook, name):
    return lesson_code(notebook, f"class {name}(")[name]


NETWORKS = {
    "fashion_cnn": pytorch.fashion_cnn,
    "mnist_lenet5": lesson_class("03_digits_in_pytorch", "LeNet5"),
    "mnist_two_convolutions": lesson_class("03_digits_in_pytorch", "DigitCNN"),
    "cifar10_cnn": lesson_class("09_cifar10_in_pytorch", "CifarCNN"),
}


def pictures_for(name, count=50):
    """Pictures that fit a network, channels last: of its test set, or noise for the one whose data do not ship."""
    if name == "cifar10_cnn":
        return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    load = data.load_fashion_mnist if name.startswith("fashion") else data.load_mnist
    return load()[1][0][:count, ..., np.newaxis]


def probabilities(network, pictures):
    with torch.no_grad():
        return network.eval()(pytorch.to_tensor(pictures)).softmax(dim=1).numpy()


# --- weights that change sides -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_weights_of_keras_give_the_same_answers_in_pytorch(name):
    model, network, pictures = models.load(name), NETWORKS[name](), pictures_for(name)
    pytorch.from_keras(model, network)
    by_keras = model.predict(pictures.astype("float32") / 255, verbose=0)
    np.testing.assert_allclose(probabilities(network, pictures), by_keras, atol=1e-4)
    assert by_keras.std() > 0.1  # else any two networks would agree


@pytest.mark.parametrize("name", NETWORKS)
def test_the_weights_of_pytorch_give_the_same_answers_in_keras(name):
    network, pictures = NETWORKS[name](), pictures_for(name)
    network.load_state_dict(pytorch.load_state(f"pytorch_{name}"))
    model = keras.models.clone_model(models.load(name))
    pytorch.to_keras(network, model)
    by_keras = model.predict(pictures.astype("float32") / 255, verbose=0)
    np.testing.assert_allclose(by_keras, probabilities(network, pictures), atol=1e-4)
    assert by_keras.std() > 0.1


@pytest.mark.parametrize("name", NETWORKS)
def test_both_libraries_build_the_same_network_with_the_same_dropout(name):
    model, network = models.load(name), NETWORKS[name]()
    assert sum(parameter.numel() for parameter in network.parameters()) == model.count_params()
    rates = {layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)}
    assert {layer.p for layer in network.modules() if isinstance(layer, nn.Dropout)} == rates


@pytest.mark.parametrize("shape", [(5, 7, 2), (4, 4, 1), (3, 6, 3)])
def test_there_and_back_changes_nothing_for_maps_of_any_shape(shape):
    keras.utils.set_random_seed(1)
    conv = keras.layers.Conv2D(4, 3, padding="same", bias_initializer="normal")
    dense = [keras.layers.Dense(5, bias_initializer="normal"), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input(shape), conv, keras.layers.Flatten(), *dense])
    flat = 4 * shape[0] * shape[1]
    network = nn.Sequential(
        nn.Conv2d(shape[2], 4, 3, padding="same"), nn.Flatten(), nn.Linear(flat, 5), nn.Linear(5, 3)
    )
    pytorch.from_keras(model, network)
    images = np.random.default_rng(0).random((2, *shape), dtype="float32")
    with torch.no_grad():
        ours = network(torch.from_numpy(images.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(ours, model.predict(images, verbose=0), atol=1e-5)
    twin = keras.models.clone_model(model)
    pytorch.to_keras(network, twin)
    for there, back in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(there, back)


def test_networks_that_do_not_fit_are_named_and_left_as_they_are():
    model, network = models.load("fashion_cnn"), NETWORKS["mnist_lenet5"]()
    before = [parameter.detach().clone() for parameter in network.parameters()]
    with pytest.raises(ValueError, match=r"\(32, 1, 3, 3\).*in Keras.*\(6, 1, 5, 5\).*in PyTorch"):
        pytorch.from_keras(model, network)
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
    kept = [weights.copy() for weights in model.get_weights()]
    with pytest.raises(ValueError, match=r"\(32, 1, 3, 3\).*in Keras.*\(6, 1, 5, 5\).*in PyTorch"):
        pytorch.to_keras(network, model)
    assert all(np.array_equal(a, b) for a, b in zip(kept, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.BatchNormalization(name="odd"),
        keras.layers.Dense(2, use_bias=False, name="odd"),
        keras.layers.Reshape((2, 2), name="odd"),  # no weights, but it changes which value goes where
    ],
    ids=["another kind", "no bias", "reshape"],
)
def test_a_layer_that_cannot_be_carried_over_is_named(layer):
    model = keras.Sequential([keras.Input((4,)), layer])
    with pytest.raises(ValueError, match="'odd'"):
        pytorch.from_keras(model, nn.Linear(4, 2))


def test_networks_with_branches_and_unbuilt_ones_are_refused():
    inputs = keras.Input((4,))
    branched = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    for model in (branched, keras.Sequential([keras.layers.Dense(2)])):
        with pytest.raises(ValueError, match=r"built keras.Sequential.*keras.Input"):
            pytorch.from_keras(model, nn.Linear(4, 2))


@pytest.mark.parametrize(
    "name", sorted({path.stem for path in models.SHIPPED.glob("*.keras")} - {"efficientnet_lite0", *RECORDS})
)
def test_every_network_of_the_course_comes_back_as_it_went(name):
    model = models.load(name)
    layers = []
    for kernel in model.get_weights()[::2]:
        layers.append(nn.Conv2d(*kernel.shape[2:], kernel.shape[0]) if kernel.ndim == 4 else nn.Linear(*kernel.shape))
    twin = keras.models.clone_model(model)
    network = nn.ModuleList(layers)
    pytorch.from_keras(model, network)
    pytorch.to_keras(network, twin)
    for there, back in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(there, back)


# --- the training loop -------------------------------------------------------------------------------------------


@pytest.fixture
def toy():
    """Ten tiny pictures of three classes, and a network that is one dense layer."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (10, 4, 4), dtype=np.uint8), rng.integers(0, 3, 10)
    return images, labels, nn.Sequential(nn.Flatten(), nn.Linear(16, 3))


def test_pictures_become_tensors_with_the_channel_in_front():
    photo = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 3), dtype=np.uint8)
    tensor = pytorch.to_tensor(photo)
    assert (tuple(tensor.shape), tensor.dtype) == ((2, 3, 5, 6), torch.float32)
    assert tensor[1, 2, 4, 3].item() == pytest.approx(photo[1, 4, 3, 2] / 255)
    assert tensor.is_contiguous()
    assert tuple(pytorch.to_tensor(photo[..., 0]).shape) == (2, 1, 5, 6)


@pytest.mark.parametrize(
    ("images", "message"),
    [(np.zeros((2, 4, 4)), r"uint8 .*float64"), (np.zeros((4, 4), np.uint8), r"\(n, H, W\).*\(4, 4\)")],
)
def test_what_are_no_pictures_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        pytorch.to_tensor(images)


@pytest.mark.parametrize("labels", [np.zeros(3, int), np.array([0.5, 1.0])], ids=["too many", "no whole numbers"])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(ValueError, match=r"one whole number for each of 2 pictures, got (int64|float64) of shape"):
        pytorch.batches(np.zeros((2, 4, 4), np.uint8), labels)


def test_batches_keep_pictures_and_labels_together():
    images = np.arange(50, dtype=np.uint8)[:, np.newaxis, np.newaxis] * np.ones((1, 2, 2), np.uint8)
    torch.manual_seed(0)
    loader = pytorch.batches(images, np.arange(50).reshape(-1, 1), size=16, shuffle=True)
    pairs = [(round(x[0, 0, 0].item() * 255), y.item()) for xs, ys in loader for x, y in zip(xs, ys, strict=True)]
    assert all(x == y for x, y in pairs)
    assert sorted(pairs) != pairs
    assert sorted(y for _, y in pairs) == [*range(50)]
    assert [len(ys) for _, ys in loader] == [16, 16, 16, 2]
    assert [y.item() for _, ys in pytorch.batches(images, np.arange(50)) for y in ys] == [*range(50)]


def test_two_steps_of_training_are_gradient_descent_as_on_paper(toy):
    images, labels, network = toy
    weight, bias = (parameter.detach().numpy().copy() for parameter in network.parameters())
    x = images.reshape(10, 16) / 255
    loader, optimizer = pytorch.batches(images, labels, size=10), torch.optim.SGD(network.parameters(), lr=0.5)
    for _ in range(2):  # gradients of the first must not be left for the second
        logits = x @ weight.T + bias
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        error = (p - np.eye(3)[labels]) / 10
        weight, bias = weight - 0.5 * error.T @ x, bias - 0.5 * error.sum(axis=0)
        loss, accuracy = pytorch.train_epoch(network, loader, optimizer)
        assert loss == pytest.approx(-np.log(p[range(10), labels]).mean(), abs=1e-6)
        assert accuracy == (logits.argmax(axis=1) == labels).mean()
    np.testing.assert_allclose(network[1].weight.detach(), weight, atol=1e-6)
    np.testing.assert_allclose(network[1].bias.detach(), bias, atol=1e-6)


@pytest.mark.parametrize("size", [10, 4, 3])
def test_losses_are_means_over_pictures_whatever_the_batches(toy, size):
    """The last batch is smaller; with a learning rate of 0 training measures the same as evaluation."""
    images, labels, network = toy
    optimizer = torch.optim.SGD(network.parameters(), lr=0)
    trained = pytorch.train_epoch(network, pytorch.batches(images, labels, size), optimizer)
    logits = network(pytorch.to_tensor(images)).detach().numpy()
    by_keras = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    assert trained[0] == pytest.approx(float(by_keras), abs=1e-6)
    assert pytorch.evaluate(network, pytorch.batches(images, labels, size)) == pytest.approx(trained, abs=1e-6)


def test_training_switches_dropout_on_and_measuring_switches_it_off(toy):
    images, labels, network = toy
    network.append(nn.Dropout(0.5))
    loader = pytorch.batches(images, labels)
    network.eval()
    pytorch.train_epoch(network, loader, torch.optim.SGD(network.parameters(), lr=0))
    assert network.training
    assert pytorch.evaluate(network, loader) == pytorch.evaluate(network, loader)
    assert not network.training


def test_training_stops_after_the_steps_asked_for(toy):
    images, labels, network = toy
    optimizer = torch.optim.Adam(network.parameters())
    pytorch.train_epoch(network, pytorch.batches(images, labels, size=2), optimizer, steps=3)
    assert {int(state["step"]) for state in optimizer.state.values()} == {3}


def test_in_bfloat16_the_weights_stay_float32_and_the_loss_falls(toy):
    images, labels, network = toy
    loader, optimizer = pytorch.batches(images, labels), torch.optim.Adam(network.parameters(), lr=0.05)
    first, *_, last = (pytorch.train_epoch(network, loader, optimizer, bfloat16=True)[0] for _ in range(20))
    assert last < first / 2
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    logits, truth = pytorch.predict(network, loader, bfloat16=True)
    assert (logits.dtype, truth.tolist()) == (torch.float32, labels.tolist())


def test_set_up_repeats_a_run_and_says_what_it_runs_on(build, capsys, monkeypatch):
    environment = pytorch.setup(seed=3)  # measures its number formats; the second time it remembers
    first = torch.rand(3), np.random.random()
    assert environment.seed == 3
    pytorch.setup(seed=3)
    assert torch.equal(first[0], torch.rand(3))
    assert first[1] == np.random.random()
    line = capsys.readouterr().out.splitlines()[0]
    assert f"PyTorch {torch.__version__} | {environment.device.type}: " in line
    assert "seed 3" in line
    monkeypatch.setenv("SEED", "8")
    assert pytorch.setup(seed=3).seed == 8


def test_on_a_gpu_its_name_is_on_the_line_and_on_the_card(build, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(pytorch, "find_gpu", lambda: asked.append("memory growth"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 5))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla T4")
    environment = pytorch.setup()
    assert asked == ["memory growth"]
    assert "cuda: Tesla T4 | float32" in capsys.readouterr().out
    assert torch.backends.cudnn.allow_tf32 is False
    pytorch.save(nn.Linear(2, 2), "mine", environment)  # the network itself has been moved to the CPU
    assert (models.card("mine")["device"], models.card("mine")["precision"]) == ("Tesla T4", "float32")


HIDE_PYTORCH = """
import sys
class Nowhere:
    def find_spec(name, *_):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name=name)
sys.meta_path.insert(0, Nowhere)
import helpers.models, tools.run, tools.results
print("fine")
import helpers.training.pytorch
"""


def test_without_pytorch_the_companions_say_what_to_do_and_the_rest_works():
    run = subprocess.run([sys.executable, "-c", HIDE_PYTORCH], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "fine\n"
    assert "The companions need PyTorch: make pytorch" in run.stderr.splitlines()[-1]


# --- the lessons -------------------------------------------------------------------------------------------------


def test_the_network_built_by_name_in_the_lesson_is_that_of_the_helpers():
    network = lesson_code("04_clothes_in_pytorch", "network = nn.Sequential()")["network"]
    assert str(network) == str(pytorch.fashion_cnn())


def test_early_stopping_of_the_lesson_ends_where_keras_would():
    last_epoch = lesson_code("04_clothes_in_pytorch", "def last_epoch")["last_epoch"]
    rng = np.random.default_rng(0)
    for losses in (rng.random(12).tolist() for _ in range(50)):
        for patience in (1, 2, 3):
            callback = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience)
            callback.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
            callback.on_train_begin()
            callback.model.stop_training = False
            ends = len(losses)
            for epoch, loss in enumerate(losses):
                callback.on_epoch_end(epoch, {"val_loss": loss})
                if callback.model.stop_training:
                    ends = epoch + 1
                    break
            assert last_epoch(losses, patience) == ends, (losses, patience)


def test_walking_to_a_layer_gives_what_a_hook_catches_there():
    output_of = lesson_code("05_inside_in_pytorch", "@torch.no_grad()\ndef output_of")["output_of"]
    network, picture = pytorch.fashion_cnn(), torch.rand(1, 1, 28, 28)
    caught = {}
    for name, layer in network.named_children():
        layer.register_forward_hook(lambda layer, inputs, output, name=name: caught.update({name: output}))
    network.eval()(picture)
    for name, expected in caught.items():
        assert torch.equal(output_of(network, picture, name), expected)


# --- what ships --------------------------------------------------------------------------------------------------


def test_the_networks_of_the_companions_are_shipped():
    assert sorted(f"pytorch_{name}" for name in NETWORKS) == SHIPPED


@pytest.mark.parametrize("name", NETWORKS)
def test_a_shipped_network_scores_what_its_card_says(name):
    card = models.card(f"pytorch_{name}")
    pictures, labels = cifar10_test_set(card) if name == "cifar10_cnn" else held_out(card["data"]["name"])
    network = NETWORKS[name]()
    network.load_state_dict(pytorch.load_state(f"pytorch_{name}"))
    accuracy = pytorch.evaluate(network, pytorch.batches((pictures * 255).round().astype("uint8"), labels, size=500))[1]
    assert accuracy == pytest.approx(card["test_accuracy"], abs=0.0005)


@pytest.mark.parametrize(
    ("name", "least"),
    [("fashion_cnn", 0.905), ("mnist_two_convolutions", 0.990), ("mnist_lenet5", 0.988), ("cifar10_cnn", 0.75)],
)
def test_accuracy_reaches_what_the_course_promises(name, least):
    assert models.card(f"pytorch_{name}")["test_accuracy"] >= least


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_is_complete_and_from_a_full_run(name):
    card = models.card(name)
    assert set(card) >= FACTS
    assert card["fast"] is False
    assert card["seeds"][str(card["seed"])]["test_accuracy"] == card["test_accuracy"]
    state = pytorch.load_state(name)
    assert sum(tensor.numel() for tensor in state.values()) == card["parameters"]
    assert {tensor.dtype for tensor in state.values()} == {torch.float32}
    # Kernels in two bytes each; a file with an optimizer's memory would be several times as large.
    assert (models.SHIPPED / f"{name}.pt").stat().st_size < 2 * card["parameters"] + 10_000


def test_saved_and_loaded_a_network_answers_the_same(toy, build):
    images, _, network = toy
    path = pytorch.save(network, "mine", ENVIRONMENT, dataset="mnist", test_accuracy=np.float32(0.5))
    assert path == models.own_folder() / "mine.pt"
    assert path.is_relative_to(build)
    twin = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    twin.load_state_dict(pytorch.load_state("mine"))
    np.testing.assert_array_equal(probabilities(twin, images), probabilities(network, images))
    card = models.card("mine")
    assert (card["parameters"], card["precision"], card["test_accuracy"]) == (51, "float32", 0.5)
    assert card["data"] == {"name": "mnist", "checksums": data.CHECKSUMS["mnist"]}
    assert card["torch"] == torch.__version__
    assert sorted(p.name for p in path.parent.iterdir()) == ["mine.json", "mine.pt"]  # no drafts left


def test_rounded_kernels_are_stored_in_16_bits_and_nothing_is_lost(toy, build):
    *_, network = toy
    network.append(nn.BatchNorm1d(3))  # its buffer counts batches in whole numbers
    network[2].num_batches_tracked += 12345
    before = network[1].weight.detach().clone()
    pytorch.round_kernels(network)
    assert torch.equal(network[1].weight, before.bfloat16().float())
    stored = torch.load(pytorch.save(network, "half", ENVIRONMENT), weights_only=True)
    assert (stored["1.weight"].dtype, stored["1.bias"].dtype) == (torch.bfloat16, torch.float32)
    loaded = pytorch.load_state("half")
    for key, tensor in network.state_dict().items():
        assert torch.equal(loaded[key], tensor)
        assert loaded[key].dtype == tensor.dtype


def test_an_interrupted_save_leaves_the_old_pair(toy, build, monkeypatch):
    *_, network = toy
    path = pytorch.save(network, "mine", ENVIRONMENT, note=1)

    def full_disk(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        pytorch.save(network, "mine", ENVIRONMENT, note=2)
    monkeypatch.undo()
    assert models.card("mine", path.parent)["note"] == 1
    assert sorted(p.name for p in path.parent.iterdir()) == ["mine.json", "mine.pt"]


def test_a_damaged_or_unknown_network_is_refused(toy, build):
    *_, network = toy
    path = pytorch.save(network, "mine", ENVIRONMENT)
    with pytest.raises(models.CheckpointError, match=r"no checkpoint fashion_cnn.pt .*mine"):
        pytorch.load_state("fashion_cnn")  # a network of Keras is none of PyTorch's
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(models.CheckpointError, match=r"mine.pt is damaged"):
        pytorch.load_state("mine")


class Program:
    """What a stranger could put into a pickle."""

    def __reduce__(self):
        """Ask to be opened by calling a function."""
        return math.factorial, (3,)


def test_a_pickle_that_holds_a_program_is_not_opened(toy, build):
    *_, network = toy
    path = pytorch.save(network, "mine", ENVIRONMENT)
    torch.save({"weights": Program()}, path)
    card = json.loads(path.with_suffix(".json").read_text())
    models.write_json(path.with_suffix(".json"), card | {"sha256": models._sha256(path)})
    with pytest.raises(Exception, match="Weights only load failed"):
        pytorch.load_state("mine")
