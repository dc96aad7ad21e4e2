"""The explorer in a real browser: its numbers are Keras's, and it answers to pen, click, key and file."""

import base64
import json
import re
import statistics
import time

import numpy as np
import pytest
from chromium import browser, complaints, foreign_requests
from PIL import Image

from helpers import data, explore, interpret, models
from helpers.activations import activation_model
from helpers.environment import keras
from helpers.explore import page as explorer_page
from helpers.pictures.drawn import draw_pet

layers = keras.layers
PICTURES = 20
CLOSE = 1e-4


def _shipped(name, load):
    (_, _), (pictures, _) = load()
    return models.load(name), pictures[:PICTURES, ..., np.newaxis].astype("float32") / 255


def mnist_small():
    return _shipped("mnist_small", data.load_mnist)


def fashion_cnn():
    return _shipped("fashion_cnn", data.load_fashion_mnist)


def cats_dogs_augmented():
    pets = [draw_pet(("cat", "dog")[seed % 2], (9, seed)) for seed in range(PICTURES)]
    return models.load("cats_dogs_augmented"), np.stack(pets).astype("float32") / 255


def branches():
    """Two ways that meet, even strides, "same", average pooling, an activation layer of its own."""
    inputs = keras.Input((25, 22, 3))
    maps = layers.Conv2D(13, (3, 5), strides=2, padding="same", activation="relu")(layers.Rescaling(2.0, -0.5)(inputs))
    maps = layers.AveragePooling2D(3, 2, padding="same")(layers.BatchNormalization()(maps))
    maps = maps + layers.DepthwiseConv2D(3, padding="same", activation="tanh")(maps)
    maps = layers.GlobalAveragePooling2D()(layers.Conv2D(10, 1, activation="elu")(maps))
    return keras.Model(inputs, layers.Softmax()(layers.Dense(4)(maps)))


def nested():
    """A network in a network, "valid", dilation, padding layers, no bias, one unit with sigmoid."""
    base = [layers.ZeroPadding2D(((1, 2), (0, 3))), layers.Conv2D(9, 4, dilation_rate=2, use_bias=False)]
    base += [layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(3, 2, padding="same")]
    inside = keras.Sequential([keras.Input((19, 19, 1)), *base], name="base")
    head = [layers.Conv2D(17, 2, strides=(2, 1), padding="same", activation="leaky_relu"), layers.AveragePooling2D(2)]
    head += [
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(12, activation="sigmoid"),
        layers.Dense(1, activation="sigmoid"),
    ]
    return keras.Sequential([keras.Input((19, 19, 1)), layers.RandomFlip(), inside, *head])


def joined():
    """Maps side by side, several depthwise filters to a channel, the largest value of each map."""
    inputs = keras.Input((32, 32, 3))
    left = layers.Conv2D(8, 3, strides=2, padding="same", activation="silu")(inputs)
    right = layers.DepthwiseConv2D(5, strides=2, padding="same", depth_multiplier=2)(inputs)
    maps = layers.Conv2D(24, 3, activation="relu")(layers.Concatenate()([left, right]))
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(layers.GlobalMaxPooling2D()(maps)))


def any_size():
    """A network that takes pictures of any size."""
    inputs = keras.Input((None, None, 3))
    maps = layers.MaxPooling2D()(layers.Conv2D(5, 3, padding="same", activation="relu")(inputs))
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(maps)))


def _random(build):
    def case():
        keras.utils.set_random_seed(3)
        model, random = build(), np.random.default_rng(3)
        for weight in model.weights:  # batch normalisation begins with zeros and ones, which would hide a mistake
            if "seed" not in weight.path:
                weight.assign(
                    random.uniform(0.1, 0.6, weight.shape)
                    * random.choice([-1, 1], weight.shape) ** ("variance" not in weight.path)
                )
        return model, random.random((PICTURES, *(length or 17 for length in model.input_shape[1:]))).astype("float32")

    case.__name__ = build.__name__
    return case


CASES = [mnist_small, fashion_cnn, *map(_random, (branches, nested, joined, any_size))]
CASES.append(pytest.param(cats_dogs_augmented, marks=pytest.mark.gate, id="cats_dogs_augmented"))


def _floats(values):
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def _read_floats(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


@pytest.fixture(scope="module")
def chromium():
    with browser() as page:
        yield page


@pytest.fixture
def bare(chromium, tmp_path):
    """A page with the explorer's scripts, and nothing open."""
    names = "{readNetwork, compute, gradCam, explain, bytesOf}"
    scripts = explorer_page.bundled((*explorer_page.CORE, *explorer_page.VIEW))
    (tmp_path / "bare.html").write_text(f"<script>window.core = (() => {{{scripts}\nreturn {names};}})();</script>")
    chromium.get((tmp_path / "bare.html").as_uri())
    return chromium


def _open_network(page, content):
    page.execute_async_script(
        """const [content, done] = arguments;
        core.readNetwork(content).then((network) => { window.network = network; done(); });""",
        content,
    )


def _compute(page, picture):
    """All outputs of a picture, as the browser computes them."""
    texts = page.execute_script(
        """const floats = (text) => new Float32Array(core.bytesOf(text).buffer);
        window.outputs = core.compute(network, floats(arguments[0]));
        const text = (values) => {
          const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
          let letters = "";
          for (let at = 0; at < bytes.length; at += 32768) {
            letters += String.fromCharCode(...bytes.subarray(at, at + 32768));
          }
          return btoa(letters);
        };
        return outputs.map((values) => values && text(values));""",
        _floats(picture),
    )
    return [text and _read_floats(text) for text in texts]


@pytest.mark.parametrize("case", CASES)
def test_every_map_is_that_of_keras(bare, case, capsys):
    model, pictures = case()
    content = explore.network_file(model, pictures)
    names = [layer["name"] for layer in content["layers"]][1:]
    assert not [layer for layer in content["layers"] if layer["operation"] == "unknown"]
    _open_network(bare, content)
    look = activation_model(model, names)
    worst = dict.fromkeys(names, 0.0)
    for picture in pictures:
        expected = look.predict(picture[np.newaxis], verbose=0)
        found = _compute(bare, picture)[1:]
        for name, right, ours in zip(names, expected, found, strict=True):
            worst[name] = max(worst[name], float(np.abs(right.ravel() - ours).max()))
    with capsys.disabled():
        print(f"\n{case.__name__}:", ", ".join(f"{name} {error:.0e}" for name, error in worst.items()))
    assert max(worst.values()) < CLOSE


@pytest.mark.parametrize("case", CASES[:4])
def test_grad_cam_is_that_of_chapter_08(bare, case):
    model, pictures = case()
    _open_network(bare, explore.network_file(model, pictures))
    for picture, class_index in zip(pictures[:4], (0, 1, 0, 1), strict=True):
        _compute(bare, picture)
        heat = bare.execute_script(
            "const h = core.gradCam(network, outputs, arguments[0]); return {...h, values: [...h.values]};", class_index
        )
        small = np.reshape(heat["values"], (1, heat["height"], heat["width"], 1)).astype("float32")
        large = keras.ops.convert_to_numpy(
            keras.ops.image.resize(small, picture.shape[:2], data_format="channels_last")
        )[0, ..., 0]
        right = interpret.grad_cam(model, picture[np.newaxis], class_index=class_index)[0]
        np.testing.assert_allclose(large / max(large.max(), 1e-9), right, atol=1e-3)


@pytest.mark.parametrize("case", CASES[:5])
def test_the_arithmetic_adds_up_to_the_map(bare, case):
    model, pictures = case()
    _open_network(bare, explore.network_file(model, pictures))
    _compute(bare, pictures[0])
    errors = bare.execute_script(
        """const random = (length) => Math.floor(Math.random() * length), errors = [];
        network.layers.forEach((layer, index) => {
          const [height, width, channels] = layer.shape.length === 3 ? layer.shape : [1, 1, layer.shape[0]];
          for (let times = 0; times < 30; times++) {
            const found = core.explain(network, outputs, index, [random(height), random(width), random(channels)]);
            const inside = found.patch && found.patch.filter((value) => value !== null);
            const mean = inside && inside.reduce((a, b) => a + b, 0) / inside.length;
            const told = {convolution: found.after, dense: found.after,
              pooling: layer.operation === "maxPooling" ? Math.max(...inside || []) : mean}[found.kind];
            if (told !== undefined && told !== null) errors.push(Math.abs(told - found.value));
          }
        });
        return errors;"""
    )
    assert len(errors) >= 90
    assert max(errors) < 1e-5


def test_a_layer_that_it_does_not_know_is_a_grey_box(chromium, tmp_path):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(3, 3, name="known"),
            layers.UpSampling2D(name="strange"),
            layers.Conv2D(2, 3),
        ]
    )
    pictures = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")
    page = _opened(chromium, tmp_path, explore.network_file(model, pictures))
    assert "UpSampling2D: the explorer cannot compute" in page.find_element("css selector", ".ex-box").text
    found = page.execute_script("return explorer.outputs.map((values) => values && values.length);")
    assert found == [64, 6 * 6 * 3, None, None]


def _opened(page, folder, content):
    """The page of the explorer with a network, once it has computed a first picture."""
    (folder / "explorer.html").write_text(explorer_page.page(content), encoding="utf-8")
    page.get((folder / "explorer.html").as_uri())
    _wait(page, "return explorer.outputs !== null")
    return page


def _wait(page, condition):
    for _ in range(300):
        if page.execute_script(condition):
            return
        time.sleep(0.05)
    raise AssertionError(f"never true: {condition}")


@pytest.fixture
def clothes(chromium, tmp_path):
    model, pictures = fashion_cnn()
    described = {"class_names": data.FASHION_MNIST_CLASSES, "prepare": "clothes"}
    return _opened(chromium, tmp_path, explore.network_file(model, pictures, **described))


def _gesture(page, steps=40):
    """Draw a line on the paper; return the milliseconds of the network's work for each picture that was answered."""
    return page.execute_async_script(
        """const [steps, done] = arguments, paper = document.querySelector(".ex-paper");
        const frame = paper.getBoundingClientRect();
        const status = document.querySelector("[role=status]"), times = [], start = performance.now();
        paper.setPointerCapture = () => {};
        const send = (kind, step) => paper.dispatchEvent(new PointerEvent(kind, {pointerId: 1, bubbles: true,
          clientX: frame.left + 40 + 2 * step, clientY: frame.top + 60 + 40 * Math.sin(step / 6)}));
        new MutationObserver(() => times.push(parseFloat(status.textContent))).observe(status, {childList: true});
        send("pointerdown", 0);
        let step = 0;
        const move = () => { if (++step < steps) { send("pointermove", step); setTimeout(move, 16); }
          else { send("pointerup", step); setTimeout(() => done([times, (performance.now() - start) / 1000]), 300); } };
        move();""",
        steps,
    )


def test_maps_follow_the_pen(clothes):
    before = clothes.execute_script("return [...explorer.outputs.at(-1)]")
    times, seconds = _gesture(clothes)
    after = clothes.execute_script("return [...explorer.outputs.at(-1)]")
    print(f"{len(times) / seconds:.0f} pictures a second, {statistics.median(times)} ms each")
    assert before != after
    assert len(times) > 5
    assert statistics.median(times) < 33, "30 pictures a second"
    assert clothes.execute_script("return explorer.engine.inWorker")


@pytest.mark.parametrize(
    "obstacle",
    [
        "<script>window.Worker = undefined;</script>",
        """<meta http-equiv="Content-Security-Policy" content="worker-src 'none'">""",
    ],
)
def test_it_computes_on_the_page_where_no_worker_may_run(chromium, tmp_path, obstacle):
    page = explorer_page.page(explore.network_file(*mnist_small())).replace("</head>", f"{obstacle}</head>")
    (tmp_path / "explorer.html").write_text(page, encoding="utf-8")
    chromium.get((tmp_path / "explorer.html").as_uri())
    _wait(chromium, "return explorer.outputs !== null")
    assert not chromium.execute_script("return explorer.engine.inWorker")


def test_a_test_picture_reaches_the_network_to_the_bit(clothes):
    _, pictures = fashion_cnn()
    for number in (3, 7):
        clothes.execute_script(
            "explorer.outputs = null; document.querySelectorAll('.ex-pictures button')[arguments[0]].click()",
            number,
        )
        _wait(clothes, "return explorer.outputs !== null")
        seen = clothes.execute_script("return [...explorer.outputs[0]]")
        np.testing.assert_array_equal(np.float32(seen), pictures[number].ravel())


def test_click_and_keys_open_the_arithmetic(clothes):
    clothes.execute_script(
        """const canvas = document.querySelectorAll(".ex-layer canvas")[3], frame = canvas.getBoundingClientRect();
        const place = {clientX: frame.left + 10, clientY: frame.top + 7, bubbles: true};
        canvas.dispatchEvent(new MouseEvent("click", place));"""
    )
    panel = next(panel for panel in clothes.find_elements("css selector", ".ex-panel") if panel.is_displayed())
    assert re.match(r"conv2: map 0, row 2, column 3 is ", panel.text)
    assert "ReLU makes of it" in panel.text
    canvas = clothes.find_elements("css selector", ".ex-layer canvas")[3]
    canvas.send_keys("\ue00f")  # page down: the next map
    canvas.send_keys("\ue015")  # arrow down
    assert re.match(r"conv2: map 1, row 3, column 3 is ", panel.text)
    clothes.execute_script("arguments[0].querySelector('[data-part=\"5\"]').click()", panel)
    assert "patch of map 5 of pool1" in panel.text


def test_a_click_on_a_probability_shows_grad_cam(clothes):
    clothes.execute_script("document.querySelectorAll('.ex-bars button')[9].click()")
    _wait(clothes, "return explorer.heat")
    assert "Grad-CAM for Ankle boot" in clothes.find_element("css selector", ".ex-pair").text


def test_photographs_and_networks_are_opened_and_wrong_files_get_a_sentence(clothes, tmp_path):
    def give(name, content, field):
        (tmp_path / name).write_bytes(content)
        clothes.execute_script("explorer.outputs = null")
        clothes.find_element("css selector", f"[data-id={field}]").send_keys(str(tmp_path / name))
        time.sleep(0.5)
        return clothes.find_element("css selector", "[role=alert]").text

    Image.fromarray(data.sample_image("cat")).save(tmp_path / "cat.png")
    assert give("cat.png", (tmp_path / "cat.png").read_bytes(), "photo") == ""
    _wait(clothes, "return explorer.outputs !== null && explorer.paper.source === 'photo'")
    assert "notes.png is no picture" in give("notes.png", b"only text", "photo")
    assert "holds no network" in give("notes.json", b"only text", "own")
    assert "holds no network" in give("list.json", b"[1, 2]", "own")
    content = explore.network_file(*mnist_small(), title="mine")
    assert "Write it anew" in give("old.json", json.dumps(content | {"format": 0}).encode(), "own")
    cut = content | {"weights": content["weights"][:2000]}
    assert "damaged or cut short" in give("cut.json", json.dumps(cut).encode(), "own")
    assert give("mine.json", json.dumps(content).encode(), "own") == ""
    _wait(clothes, "return explorer.network.title === 'mine'")


def test_sliders_at_0_change_nothing_and_others_do(clothes):
    def slide(name, value):
        clothes.execute_script(
            """explorer.outputs = null;
            const slider = document.querySelector(`[name=${arguments[0]}]`);
            slider.value = arguments[1];
            slider.oninput();""",
            name,
            value,
        )
        _wait(clothes, "return explorer.outputs !== null")
        return np.float32(clothes.execute_script("return [...explorer.outputs[0]]")).reshape(28, 28)

    first = slide("right", 0)
    shifted = slide("right", 25)  # a quarter of 28 pixels
    np.testing.assert_allclose(shifted[:, 7:], first[:, :-7], atol=1e-6)
    np.testing.assert_array_equal(slide("right", 0), first)
    np.testing.assert_allclose(slide("turn", 90), np.rot90(first, -1), atol=1e-4)
    slide("turn", 0)
    assert np.ptp(slide("cover", 50)[8:20, 8:20]) < 1e-6
    slide("cover", 0)
    assert 0.01 < np.abs(slide("noise", 10) - first).mean() < 0.2


def test_prepared_digits_are_those_of_chapter_03(chromium, tmp_path):
    page = _opened(chromium, tmp_path, explore.network_file(*mnist_small(), prepare="digit"))
    _gesture(page)
    seen = np.float32(page.execute_script("return [...explorer.outputs[0]]")).reshape(28, 28)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    for sums in (seen.sum(axis=0), seen.sum(axis=1)):
        assert abs(sums @ (np.arange(28) + 0.5) / sums.sum() - 14) <= 0.5


def test_it_asks_no_host_and_complains_of_nothing(clothes):
    complaints(clothes), foreign_requests(clothes)
    clothes.refresh()
    _wait(clothes, "return explorer.outputs !== null")
    assert not complaints(clothes)
    assert not foreign_requests(clothes)


def test_a_telephone_need_not_scroll_sideways(tmp_path):
    with browser(width=390, height=844) as page:
        _opened(page, tmp_path, explore.network_file(*fashion_cnn()))
        assert page.execute_script("return document.documentElement.scrollWidth") == 390


def test_scripts_that_are_put_together_do_not_share_names():
    text = explorer_page.bundled((*explorer_page.CORE, *explorer_page.VIEW))
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)


def test_a_notebook_shows_the_whole_page_in_a_frame():
    shown = explore.show(*fashion_cnn(), class_names=data.FASHION_MNIST_CLASSES)._repr_html_()
    assert shown.startswith("<div><iframe ")
    assert "https://" not in shown
    assert len(shown) < 1_500_000


@pytest.mark.parametrize(
    ("pictures", "described", "sentence"),
    [
        (np.zeros((2, 28, 28)), {}, "channel axis is missing"),
        (np.full((2, 28, 28, 1), 255.0), {}, "divide the images by 255"),
        (np.zeros((2, 28, 28, 1)), {"prepare": "shoes"}, "prepare must be one of"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(pictures, described, sentence):
    with pytest.raises(ValueError, match=sentence):
        explore.network_file(models.load("fashion_cnn"), pictures, **described)
