"""Judges the exercises of chapter 02, filters and edges."""

import numpy as np

from exercises import judge
from exercises.exercise import Wrong, call, exercise
from exercises.forms import a_function
from helpers.convolution import conv2d
from helpers.language import say

PRECISION = 0.05
"""So close must each weight of a learned kernel come."""


@exercise(
    "Height, width, depth: what does chapter 01 say of a kernel of 3x3 without padding? Which pixels count for the two numbers, and which do not?",
    "What do the weights add up to? Write the kernel as an array and print its sum(). What is 100 times this number?",
    "A kernel of 3 can be laid at N - 2 places, and each channel gives one map. Nine equal pixels give the pixel times the sum of the weights. For the other number: 4 times the centre, minus the three neighbours that have a weight.",
)
def ex1(answer, random):
    """Shape of a colour photograph that was filtered channel by channel, and two results."""
    found = judge.array(answer)
    if found.shape != (5,):
        raise Wrong("Write five numbers in one row: [height, width, depth, all_equal, bright_centre].")
    shapes = {
        "Without padding the kernel stays inside the image: a row is lost at the top and one at the bottom, and columns likewise.": (
            300,
            400,
            3,
        ),
        "A convolution layer would add the channels up into one map. Here each channel is filtered on its own.": (
            298,
            398,
            1,
        ),
        "Height comes first, then width.": (398, 298, 3),
        "Count the places along one axis again: one pixel is lost on each side.": (299, 399, 3),
    }
    judge.value(
        found[:3], (298, 398, 3), shapes, "Look again at the shape: a kernel of 3x3, no padding, three channels."
    )
    equal = {
        "That would be so if the weights added up to 0, as in an edge filter. What do these add up to?": 0,
        "You took the centre only. The three neighbours with the weight -1 are subtracted from it.": 400,
        "You divided by nine. Only a blur of nine equal weights does that.": 100 / 9,
    }
    otherwise = (
        "The shape is right. Nine equal pixels give that pixel, times the sum of the weights. Look at the sum again."
    )
    judge.value(found[3], 100, equal, otherwise)
    centre = {
        "Only clipping would end at 255. Nothing is clipped here.": 255,
        "Only three weights are -1: the neighbour on the right has weight 0.": 400,
        "You took the centre only. The three neighbours with the weight -1 are subtracted from it.": 800,
        "You subtracted the centre's own brightness for each neighbour. The neighbours are 100.": 200,
    }
    otherwise = "The first four numbers are right. For the last one: 4 times the centre, minus three neighbours."
    judge.value(found[4], 500, centre, otherwise)
    return "500 is more than a pixel can hold: that is why results are clipped before they are stored as pixels."


@exercise(
    "What must nine weights add up to, if equal pixels are to stay as they are?",
    "Print np.sum(blur), then np.sum(blur, axis=1) and np.sum(blur, axis=0), the sums of the rows and of the columns. Which of these must be 1, and which must be 0.75 at most?",
    "Take any nine weights that are not negative, and divide them by their sum. Then look at each row and each column.",
)
def ex2(answer, random):
    """Kernel 3x3 that blurs: keeps equal pixels, has no negative weight, mixes in both directions."""
    kernel = judge.array(answer, (3, 3)).astype(float)
    total = kernel.sum()
    if kernel.min() < 0:
        raise Wrong("There is a negative weight. It makes differences larger; a blur makes them smaller.")
    if np.isclose(total, 0):
        raise Wrong("With these weights every image becomes black.")
    if abs(total - 1) > 2e-3:  # the mean, rounded to 0.111, misses 1 by 0.001
        change = say("brighter") if total > 1 else say("darker")
        raise Wrong(
            "Your weights add up to {total:.4g}, so equal pixels get {change}. What should they add up to?",
            total=total,
            change=change,
        )
    if kernel.max() > 0.999:
        raise Wrong("A single weight copies the image, at most moved by a pixel. Nothing is mixed.")
    for line, sums in ((say("horizontal"), kernel.sum(axis=1)), (say("vertical"), kernel.sum(axis=0))):
        if sums.max() > 0.751:
            raise Wrong(
                "Of a {line} white line {most:.4g} of the brightness is left: mix more across this line.",
                line=line,
                most=sums.max(),
            )
    return "Any such weights make a weighted mean, and a mean lies between the smallest and the largest: no clipping is needed."


@exercise(
    "Subtract what is above from what is below. What must each column of the kernel add up to?",
    "Print np.sum(horizontal, axis=0), the sum of each column, and np.sum(horizontal, axis=1), the sum of each row. In which of the two must all numbers be 0?",
    "Images that change only from left to right have equal pixels in each column. So each column of the kernel must add up to 0. But the rows must not all add up to 0.",
)
def ex3(answer, random):
    """Kernel 3x3 that gives 0 on equal pixels and on vertical edges, but not on horizontal ones."""
    kernel = judge.array(answer, (3, 3)).astype(float)
    scale = np.abs(kernel).max()
    if scale == 0:
        raise Wrong("With nothing but zeros it answers to no edge at all.")
    kernel = kernel / scale
    columns, rows = kernel.sum(axis=0), kernel.sum(axis=1)
    if abs(kernel.sum()) > 1e-3:
        raise Wrong("Where all pixels are equal it does not give 0. What must the weights add up to?")
    if np.abs(columns).max() > 1e-3 and np.abs(rows).max() <= 1e-3:
        raise Wrong("It is the other way round: this kernel sees vertical edges only, and is blind to horizontal ones.")
    if np.abs(columns).max() > 1e-3:
        raise Wrong("It answers to vertical edges, too: let the brightness change from left to right, and it is not 0.")
    if np.abs(rows).max() <= 1e-3:
        raise Wrong(
            "It does not answer to horizontal edges: each of its rows adds up to 0, so equal pixels in a row cancel."
        )
    if any(np.allclose(kernel, sign * np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]) / 2) for sign in (1, -1)):
        return "It has the properties. It is the Sobel kernel, though: with equal weights, or only two of them, it works as well."
    return "Each column adds up to 0, so what is equal from top to bottom vanishes. Turn it by a quarter for the other direction."


def _cross(amount, centre):
    """The kernel of exercise 4, with any number in the centre."""
    return np.array([[0, -amount, 0], [-amount, centre, -amount], [0, -amount, 0]])


def _sharpened(image, amount):
    """Sharpen without clipping."""
    return conv2d(image, _cross(amount, 1 + 4 * amount))


def _stretched(numbers):
    """Scale from the smallest number to the largest, as imshow does without vmin and vmax."""
    return ((numbers - numbers.min()) / max(np.ptp(numbers), 1) * 255).astype(np.uint8)


@exercise(
    "First the numbers, whatever they are. Then back into the range of an image. Then the type. Does the order matter?",
    "Print the kernel for amount = 1, then the smallest and the largest number of conv2d(cat, kernel). Do they fit into a pixel?",
    "Build the kernel as an array with amount in it, call conv2d, then np.clip(..., 0, 255), then .astype(np.uint8). With amount 0 the image stays as it is, without its border.",
)
def ex4(answer, random):
    """Function sharpen(image, amount): (H, W) uint8 gives (H - 2, W - 2) uint8, clipped."""
    cases = [(np.array([[9, 200, 9], [200, 100, 200], [9, 200, 9]], np.uint8), 1)]
    for amount in (0, 1, 2, 3, 5):
        height, width = random.integers(4, 12, size=2)
        cases.append((random.integers(0, 256, size=(height, width), dtype=np.uint8), amount))

    def reference(image, amount):
        return np.clip(_sharpened(image, amount), 0, 255)

    mistakes = {
        "You did not clip: some numbers are below 0 or above 255, and there is nothing darker than black.": _sharpened,
        "Numbers beyond one end started again from the other end: uint8 holds 0 to 255 only. Clip first, then change the type.": lambda p, a: (
            _sharpened(p, a).astype(np.uint8)
        ),
        "You scaled the result from its smallest to its largest number. That changes the brightness of every pixel; clipping leaves alone what fits.": lambda p, a: (
            _stretched(_sharpened(p, a))
        ),
        "You took the size without the sign: what is below 0 must become black, not bright.": lambda p, a: np.clip(
            np.abs(_sharpened(p, a)), 0, 255
        ),
        "Only one end is clipped: numbers above 255 are left.": lambda p, a: np.maximum(_sharpened(p, a), 0),
        "Only one end is clipped: numbers below 0 are left.": lambda p, a: np.minimum(_sharpened(p, a), 255),
        "You put zeros around the image. Without padding two rows and two columns are lost.": lambda p, a: np.clip(
            conv2d(p, _cross(a, 1 + 4 * a), padding="same"), 0, 255
        ),
        "The corners are 0 in this kernel; you subtract all eight neighbours as in the lesson.": lambda p, a: np.clip(
            conv2d(p, np.full((3, 3), -a) + (1 + 9 * a) * _cross(0, 1)), 0, 255
        ),
        "Your weights add up to 0, so only edges are left. With 1 + 4 * amount in the centre they add up to 1.": lambda p, a: (
            np.clip(conv2d(p, _cross(a, 4 * a)), 0, 255)
        ),
    }
    judge.results(judge.function(answer), cases, reference, mistakes)
    kind = getattr(call(answer, *cases[-1]), "dtype", None)
    if kind != np.uint8:
        raise Wrong("The numbers are right, but they are not stored as pixels: the type of the array should be uint8.")
    return "Clipping loses something: what was above 255 cannot be told apart any more. So clip once, at the very end."


def _one_after_the_other(image, kernels):
    """Apply each kernel to what the one before gave."""
    maps = [image]
    for kernel in kernels.values():
        maps.append(conv2d(maps[-1], kernel, padding="same"))
    return np.stack(maps[1:], axis=-1)


def _cases_of_ex5(random):
    cases = []
    for count in (3, 1, 4, 2):
        height, width = random.integers(4, 9, size=2)
        image = random.integers(0, 256, size=(height, width), dtype=np.uint8)
        # Letters in no alphabetical order: the order of the dictionary counts.
        cases.append((image, {name: random.normal(size=(3, 3)) for name in "sbea"[:count]}))
    return cases


@a_function(
    "One kernel gives one map of the size of the image. Which padding does that?",
    "What shape does one map have? Print conv2d(cat, np.ones((3, 3)), padding=...).shape: it should be that of the cat. And what shape has your result for two kernels? It should end in 2.",
    'Collect conv2d(image, kernel, padding="same") for each kernel of kernels.values() in a list, then np.stack(maps, axis=-1).',
    cases=_cases_of_ex5,
    mistakes={
        "Your maps stand on the first axis. The depth comes last: (H, W, F).": lambda p, k: np.moveaxis(
            ex5.reference(p, k), -1, 0
        ),
        "You clipped. A feature map has a sign: below 0 lie edges in the other direction.": lambda p, k: np.clip(
            ex5.reference(p, k), 0, 255
        ),
        "You set negative numbers to 0. A feature map has a sign, and half of the edges is below 0.": lambda p, k: (
            np.maximum(ex5.reference(p, k), 0)
        ),
        "You took the size without the sign. A feature map has a sign.": lambda p, k: np.abs(ex5.reference(p, k)),
        "You rounded. Keep the numbers as they come out.": lambda p, k: np.round(ex5.reference(p, k)),
        "Your numbers are whole: a type such as int cuts off what comes after the point. Keep the numbers as they come out.": lambda p, k: (
            ex5.reference(p, k).astype(int)
        ),
        "Numbers below 0 and above 255 do not fit into uint8. Keep the numbers as they come out.": lambda p, k: (
            ex5.reference(p, k).astype(np.uint8)
        ),
        "Your maps are smaller than the image: put zeros around it.": lambda p, k: ex5.reference(p, k)[1:-1, 1:-1],
        "You added the maps up. Each kernel keeps a map of its own.": lambda p, k: ex5.reference(p, k).sum(axis=-1),
        "You applied each kernel to the map of the one before. All of them look at the image.": _one_after_the_other,
        "The maps stand in the order of the alphabet; asked for is the order of the dictionary.": lambda p, k: (
            ex5.reference(p, dict(sorted(k.items())))
        ),
        "You turned the kernels around first. Layers do not.": lambda p, k: ex5.reference(
            p, {name: kernel[::-1, ::-1] for name, kernel in k.items()}
        ),
    },
    well="A convolution layer with F filters does the same, with weights that nobody has to think of.",
)
def ex5(image, kernels):
    """Function apply_all(image, kernels): (H, W) and F kernels in a dictionary give (H, W, F)."""
    return np.stack([conv2d(image, kernel, padding="same") for kernel in kernels.values()], axis=-1)


@exercise(
    "Start with any kernel. How far is its map from the target? Which way must each weight go to make that less?",
    "Begin with kernel = np.zeros((3, 3)), and compute error and gradient once. Print their shapes: they should be (30, 30) and (3, 3). Then print np.mean(error**2) in each update: it must fall.",
    "In each update: error = conv2d(image, kernel) - target; gradient = 2 * conv2d(image, error) / error.size; then subtract a small part of the gradient, about a tenth, from the kernel. Repeat this as often as `updates` says.",
)
def ex6(answer, random):
    """Function learn_kernel(image, target, updates): finds a hidden kernel of 3x3 within PRECISION."""
    learn = judge.function(answer)
    for _ in range(2):
        image = random.normal(size=(32, 32))
        image = (image - image.mean()) / image.std()
        hidden = random.uniform(-2, 2, size=(3, 3))
        found = call(learn, image, conv2d(image, hidden), 300)
        if getattr(found, "dtype", None) in ("float32", "float64") and not np.isfinite(found).all():
            raise Wrong(
                "Your weights grow beyond all bounds. Either the learning rate is too large, or the updates go uphill: the gradient times the rate is subtracted."
            )
        found = judge.array(found, (3, 3))
        if not _near(found, hidden):
            raise Wrong(_why_far(found, hidden))
    return "You never saw the kernel, only an image and what became of it. A network is not even given that map: only the answer at the very end."


def _near(found, hidden):
    """Tell whether each weight is right to within the precision that the exercise asks for."""
    return np.abs(found - hidden).max() <= PRECISION


def _why_far(found, hidden):
    """Say what may have gone wrong with a learned kernel."""
    if np.abs(found).max() < 1e-9:
        return "Your kernel is still all zeros: is the gradient ever subtracted from it, and is the loop run?"
    if _near(found, hidden[::-1, ::-1]):
        return "You found the kernel turned around. The weight [0, 0] belongs to the top left pixel of the window."
    if _near(found, hidden.T):
        return "You found the kernel with rows and columns exchanged."
    if _near(found, -hidden):
        return "You found the kernel with the opposite sign. The error is what your kernel gives, minus the target."
    worst = np.abs(found - hidden).max()
    if worst > 100:
        return say(
            "The largest difference is {worst:.3g}: the updates overshoot. Take a smaller learning rate, and check the sign.",
            worst=worst,
        )
    if np.ptp(found) < 1e-3:
        return "All your weights are equal. Each weight has a gradient of its own: the mean of 2 * error * the pixel under that weight."
    nearer = np.linalg.norm(found - hidden) < np.linalg.norm(hidden)
    reason = (
        say("The direction is right, but it did not arrive: take all the updates, or a larger learning rate.")
        if nearer
        else say("Does the kernel change at all, and downhill? Print the loss in each update: it must fall.")
    )
    return say(
        "A weight is still wrong by {worst:.2f}; asked for is {PRECISION}. {reason}",
        worst=worst,
        PRECISION=PRECISION,
        reason=reason,
    )


def broken_edge_strength(image):
    """The function of exercise 7 as it is handed out, with two mistakes."""
    to_the_right = image[1:-1, 2:] - image[1:-1, :-2]
    downwards = image[2:, 1:-1] - image[:-2, 1:-1]
    return to_the_right + downwards


def _differences(image):
    """Differences to the right and downwards."""
    return image[1:-1, 2:] - image[1:-1, :-2], image[2:, 1:-1] - image[:-2, 1:-1]


def _of_bytes(image):
    right, down = (difference.astype(float) for difference in _differences(image))
    return np.hypot(right, down)


def _of_bytes_squared(image):
    right, down = _differences(image)
    return np.sqrt(right**2 + down**2)


def _cases_of_ex7(random):
    cases = [(np.array([[0, 90, 0], [90, 0, 50], [0, 120, 0]], np.uint8),)]
    for height, width in random.integers(3, 12, size=(6, 2)):
        cases.append((random.integers(0, 256, size=(height, width), dtype=np.uint8),))
    return cases


@a_function(
    "What is 10 - 20 in uint8? And what does the function say where it gets brighter to the right and just as much darker downwards?",
    "Call the function with np.array([[0, 90, 0], [90, 0, 50], [0, 120, 0]], np.uint8), and print to_the_right and downwards inside it. They should be 50 - 90 and 120 - 90.",
    "Before you subtract, turn the image into floats, or int64 (255 squared does not fit into int16). Then take the square root of the sum of both squares.",
    cases=_cases_of_ex7,
    mistakes={
        "One mistake is left: a difference can be negative, and uint8 has no negative numbers. It is too late to change the type after the subtraction.": _of_bytes,
        "One mistake is left: the differences are still subtracted, and now squared, in uint8, which ends at 255.": _of_bytes_squared,
        "One mistake is left: a brighter and a darker side cancel each other, if you just add them up.": lambda p: sum(
            _differences(p.astype(float))
        ),
        "One mistake is left: you take the size of the sum. A brighter and a darker side still cancel each other.": lambda p: (
            np.abs(sum(_differences(p.astype(float))))
        ),
        "You add up the sizes. An edge along the diagonal then looks stronger than it is; Pythagoras takes squares.": lambda p: (
            sum(np.abs(difference) for difference in _differences(p.astype(float)))
        ),
        "The square root is missing: twice the difference must be twice the strength.": lambda p: ex7.reference(p) ** 2,
        "You clipped. The strength may be larger than 255; only an image ends there.": lambda p: np.clip(
            ex7.reference(p), 0, 255
        ),
    },
    untouched=broken_edge_strength,
    well="One number for each pixel, whatever the direction. The direction itself is lost: a network keeps both maps.",
)
def ex7(image):
    """Repair edge_strength(image): (H, W) uint8 gives (H - 2, W - 2), the root of the sum of squares."""
    return np.hypot(*_differences(image.astype(float)))
