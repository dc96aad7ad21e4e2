"""Answers to the exercises of chapter 08."""

import itertools

import keras
import numpy as np
from keras import ops
from scipy.stats import rankdata, spearmanr

from exercises.case import not_tried, right, unusual, wrong
from helpers import interpret


def climb(gradient, picture, steps, length, direction=1, root=np.mean, clip=True, tiny=1e-12):
    for _ in range(steps):
        found = gradient(picture)
        picture = picture + direction * length * found / (np.sqrt(root(found**2)) + tiny)
        picture = picture.clip(0, 1) if clip else picture
    return picture


def climb_in_place(gradient, picture, steps, length):
    for _ in range(steps):
        found = gradient(picture)
        if np.any(found):
            picture += length * found / np.linalg.norm(found) * found.size**0.5
            np.minimum(np.maximum(picture, 0, out=picture), 1, out=picture)
    return picture.tolist()


def climb_without_size(gradient, picture, steps, length):
    for _ in range(steps):
        picture = np.clip(picture + length * gradient(picture), 0, 1)
    return picture


def climb_blindly(gradient, picture, steps, length):
    found = gradient(picture)
    return climb(lambda _: found, picture, steps, length)


def weighted(maps, gradients):
    return np.einsum("hwc,c->hw", maps, gradients.mean(axis=(0, 1)))


def cam(maps, gradients):
    heat = weighted(maps, gradients).clip(0)
    return heat / max(heat.max(), 1e-30)


def cam_of_keras(maps, gradients):
    """The mean over the places, as Keras computes it; the sum does as well, for the map is divided at the end."""
    weights = keras.layers.GlobalAveragePooling2D()(gradients[None].astype("float32"))[0]
    heat = ops.relu(ops.sum(maps.astype("float32") * weights * 16, axis=-1))
    return heat / ops.where(ops.max(heat) > 0, ops.max(heat), 1)


def over_channels(maps, gradients):
    heat = (maps * gradients.mean(axis=-1, keepdims=True)).sum(axis=-1).clip(0)
    return heat / heat.max()


def by_place(maps, gradients):
    heat = (maps * gradients).sum(axis=-1).clip(0)
    return heat / heat.max()


def only_positive_weights(maps, gradients):
    heat = maps @ np.maximum(gradients.mean(axis=(0, 1)), 0)
    return heat / max(heat.max(), 1e-30)


def falls_when_nothing_is_left(maps, gradients):
    heat = weighted(maps, gradients).clip(0)
    return heat / heat.max()


def occlusion(score, image, size, colour, restore=True):
    before, rows = score(image), []
    for top in range(0, len(image), size):
        row = []
        for left in range(0, image.shape[1], size):
            square = image[top : top + size, left : left + size]
            old = square.copy()
            square[:] = colour
            row.append(before - score(image))
            if restore:
                square[:] = old
        rows.append(row)
    return np.array(rows)


def without_copy(score, image, size, colour):
    falls = np.zeros((len(image) // size, image.shape[1] // size))
    for row, column in np.ndindex(falls.shape):
        covered = image
        covered[row * size : (row + 1) * size, column * size : (column + 1) * size] = colour
        falls[row, column] = score(image) - score(covered)
    return falls


def occlusion_with_masks(score, image, size, colour):
    rows, columns = np.indices(image.shape) // size
    covered = [
        [np.where((rows == r) & (columns == c), colour, image) for c in range(columns.max() + 1)]
        for r in range(rows.max() + 1)
    ]
    return [[score(image) - score(picture) for picture in row] for row in covered]


def on_the_way(gradient, image, baseline, places):
    return np.mean([gradient(baseline + place * (image - baseline)) for place in places], axis=0)


def middles(steps):
    return (np.arange(steps) + 0.5) / steps


def integrated(gradient, image, baseline, steps):
    return (image - baseline) * on_the_way(gradient, image, baseline, middles(steps))


def left_sum(gradient, image, baseline, steps):
    return (image - baseline) * on_the_way(gradient, image, baseline, np.linspace(0, 1, steps, endpoint=False))


def trapezoids(gradient, image, baseline, steps):
    places = np.linspace(0, 1, steps)
    gradients = [gradient(baseline + place * (image - baseline)) for place in places]
    return (image - baseline) * np.trapezoid(gradients, places, axis=0)


def both_ends(gradient, image, baseline, steps):
    """The mean of both ends of each step: each place in between is asked for twice."""
    step = (image - baseline) / steps
    ends = [baseline + number * step for number in range(steps + 1)]
    return sum(step * (gradient(a) + gradient(b)) / 2 for a, b in itertools.pairwise(ends))


def correlations(trained, randomised, pictures, like=lambda a, b: spearmanr(a, b).statistic):
    pairs = [(a[p > 0], b[p > 0]) for a, b, p in zip(trained, randomised, pictures, strict=True)]
    return [like(a, b) if a.any() and b.any() else np.nan for a, b in pairs]


def by_ranks(trained, randomised, pictures):
    return np.nanmean(
        correlations(trained, randomised, pictures, lambda a, b: np.corrcoef(rankdata(a), rankdata(b))[0, 1])
    )


def one_side(trained, randomised, pictures, counted=False):
    """Leaves out the pairs whose second map is empty, and keeps those whose first one is."""
    kept = [other.any() for other in randomised]
    found = correlations(trained[kept], randomised[kept], pictures[kept])
    return np.mean(np.nan_to_num(found) if counted else found)


def whole_pictures(trained, randomised, pictures):
    return np.mean([spearmanr(a, b, axis=None).statistic for a, b in zip(trained, randomised, strict=True)])


def saliency(model, image, class_index, before_softmax=True, size=np.abs, channels=np.max):
    hidden, output = keras.Model(model.inputs[0], model.layers[-2].output), model.layers[-1]

    def score(images):
        return (ops.matmul(hidden(images), output.kernel) + output.bias)[:, class_index]

    def probability(images):
        return model(images)[:, class_index]

    _, gradient = interpret.value_and_gradient(score if before_softmax else probability)(image[np.newaxis])
    heat = channels(size(gradient[0]), axis=-1)
    return heat / heat.max()


def abs_of_mean(gradient, axis):
    return np.abs(np.mean(gradient, axis=axis))


def broken_saliency_map(model, image, class_index):
    """The function as it is handed out."""
    return saliency(model, image, class_index, before_softmax=False, size=np.asarray, channels=np.mean)


def saliency_without_softmax(model, image, class_index):
    model.layers[-1].activation = keras.activations.linear
    return saliency(model, image, class_index, before_softmax=False)


def half_saliency_without_softmax(model, image, class_index):
    model.layers[-1].activation = keras.activations.linear
    return broken_saliency_map(model, image, class_index)


CASES = [
    right("ex1", lambda: (13, 13), "no finer"),
    unusual("ex1", lambda: np.array([13.0, 13.0])),
    unusual("ex1", lambda: [13, 13]),
    wrong("ex1", lambda: (13, 13, 64), "how many are left of the 64?"),
    wrong("ex1", lambda: (64, 64), "the size after enlarging"),
    wrong("ex1", lambda: (6, 6), "one layer too far"),
    wrong("ex1", lambda: (16, 16), 'Only conv1 has padding "same"'),
    wrong("ex1", lambda: (14, 14), "one by one"),
    wrong("ex1", lambda: (13, 13, 1), "no channel axis"),
    wrong("ex1", lambda: (1, 13, 13), "Leave out the batch axis"),
    wrong("ex1", lambda: (15, 15), "what conv3 gets"),
    wrong("ex1", lambda: 13, "A shape is a tuple"),
    right("ex2", lambda: climb, "flat ground"),
    unusual("ex2", lambda: climb_in_place),
    unusual("ex2", lambda: lambda *c: climb(*c, tiny=1e-5)),
    wrong("ex2", lambda: lambda *c: climb(*c, direction=-1), "goes down"),
    wrong("ex2", lambda: climb_without_size, "Divide the gradient by its size"),
    wrong("ex2", lambda: lambda *c: climb(*c, root=np.sum), "not of their sum"),
    wrong("ex2", lambda: lambda *c: climb(*c, clip=False), "are no picture"),
    wrong("ex2", lambda: lambda *c: np.clip(climb(*c, clip=False), 0, 1), "at the end only"),
    wrong("ex2", lambda: climb_blindly, "the first gradient"),
    wrong("ex2", lambda: lambda g, p, s, d: climb(g, p, 1, d), "One step only"),
    wrong("ex2", lambda: lambda *c: climb(*c, tiny=0), "Is something divided by 0?"),
    wrong("ex2", lambda: lambda *c: climb(*c).mean(), "your function returns an array of shape ()"),
    right("ex3", lambda: cam, "lost in the mean"),
    unusual("ex3", lambda: cam_of_keras),
    wrong("ex3", lambda: over_channels, "mean over the channels"),
    wrong("ex3", lambda: by_place, "Each place has a weight"),
    wrong("ex3", lambda: lambda m, g: weighted(m, g) / weighted(m, g).max(), "Set what is negative to 0"),
    wrong("ex3", lambda: lambda m, g: weighted(m, g).clip(0), "largest value at the end"),
    wrong("ex3", lambda: only_positive_weights, "A map with a negative weight counts"),
    wrong("ex3", lambda: falls_when_nothing_is_left, "Is something divided by 0?"),
    wrong("ex3", lambda: lambda m, g: cam(m, g) + (weighted(m, g).max() < 0), "the map is 0 everywhere"),
    wrong("ex3", lambda: lambda m, g: cam(m, g)[..., None], "your function returns an array of shape"),
    right("ex4", lambda: occlusion, "one prediction for each block"),
    unusual("ex4", lambda: occlusion_with_masks),
    wrong("ex4", lambda: lambda *c: -occlusion(*c), "turned around"),
    wrong("ex4", lambda: lambda *c: occlusion(*c, restore=False), "a fresh copy"),
    wrong("ex4", lambda: lambda s, i, n, c: s(i.copy()) - occlusion(s, i, n, c), "How far did each fall?"),
    wrong("ex4", lambda: lambda s, i, n, c: occlusion(s, i, n, 0), "The colour is an argument"),
    wrong("ex4", lambda: without_copy, "makes no copy"),
    wrong("ex4", lambda: lambda *c: occlusion(*c).clip(0), "the negative number stays"),
    wrong(
        "ex4", lambda: lambda s, i, n, c: np.kron(occlusion(s, i, n, c), np.ones((n, n))), "an array of shape (4, 6)"
    ),
    right("ex5", lambda: integrated, "Completeness"),
    unusual("ex5", lambda: left_sum),
    unusual("ex5", lambda: trapezoids),
    unusual("ex5", lambda: both_ends),
    wrong("ex5", lambda: lambda g, i, b, n: (i - b) * g(i), "at the image only"),
    wrong("ex5", lambda: lambda g, i, b, n: i * on_the_way(g, i, b, middles(n)), "You multiplied by the image"),
    wrong("ex5", lambda: lambda g, i, b, n: on_the_way(g, i, b, middles(n)), "That is the mean gradient"),
    wrong("ex5", lambda: lambda g, i, b, n: n * integrated(g, i, b, n), "You added the gradients up"),
    wrong("ex5", lambda: lambda g, i, b, n: (i - b) * on_the_way(g, i, 0 * b, middles(n)), "Your way begins at 0"),
    wrong("ex5", lambda: lambda g, i, b, n: i * on_the_way(g, i, 0 * b, middles(n)), "as in the lesson"),
    wrong(
        "ex5", lambda: lambda g, i, b, n: integrated(g, i, b, 50), "With steps=1000 you took the gradient at 50 places"
    ),
    wrong("ex5", lambda: lambda g, i, b, n: integrated(g, i, b, 1000), "With steps=1200"),
    wrong("ex5", lambda: lambda *c: integrated(*c).clip(0), "keep negative numbers"),
    wrong("ex5", lambda: lambda *c: 2 * integrated(*c), "the difference of the scores is"),
    wrong("ex5", lambda: lambda *c: integrated(*c).sum(), "Expected an array of shape (4, 3, 1)"),
    right("ex6", lambda: lambda *c: np.nanmean(correlations(*c)), "belongs to the trained weights"),
    unusual("ex6", lambda: by_ranks),
    wrong("ex6", lambda: whole_pictures, "You compared whole pictures"),
    wrong(
        "ex6",
        lambda: lambda *c: np.nanmean(correlations(*c, like=lambda a, b: np.corrcoef(a, b)[0, 1])),
        "Compare their order",
    ),
    wrong("ex6", lambda: lambda a, b, p: spearmanr(a[p > 0], b[p > 0]).statistic, "all pictures into one comparison"),
    wrong("ex6", lambda: lambda *c: np.mean(correlations(*c)), "You return nan"),
    wrong("ex6", lambda: lambda *c: one_side(*c), "You return nan"),
    wrong("ex6", lambda: lambda *c: one_side(*c, counted=True), "Either of the two maps may be empty"),
    wrong("ex6", lambda: lambda *c: np.nan_to_num(correlations(*c)).mean(), "You counted its pair"),
    wrong("ex6", lambda: correlations, "your function returns an array of shape (1,)"),
    right("ex7", lambda: saliency, "Only a comparison shows it"),
    unusual("ex7", lambda: saliency_without_softmax),
    unusual("ex7", lambda: lambda m, i, c: interpret.saliency(m, i[None], class_index=[c])[0]),
    not_tried("ex7", lambda: broken_saliency_map, "still does what it did"),
    wrong("ex7", lambda: lambda *c: saliency(*c, before_softmax=False), "not the probability"),
    wrong("ex7", lambda: lambda *c: saliency(*c, size=np.asarray), "absolute values first"),
    wrong("ex7", lambda: lambda *c: saliency(*c, channels=np.mean), "the largest of its channels"),
    wrong(
        "ex7",
        lambda: lambda *c: saliency(*c, before_softmax=False, channels=np.mean),
        "how three channels become one number",
    ),
    wrong("ex7", lambda: lambda *c: saliency(*c, before_softmax=False, size=np.asarray), "still count as small ones"),
    wrong(
        "ex7",
        lambda: lambda *c: saliency(*c, before_softmax=False, size=np.asarray, channels=abs_of_mean),
        "absolute values come too late",
    ),
    wrong("ex7", lambda: half_saliency_without_softmax, "Only the score is mended"),
    wrong("ex7", lambda: lambda m, i, c: saliency(m, i, 1 - c if c < 2 else 0), "your function returns"),
]
