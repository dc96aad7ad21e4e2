# ---
# jupyter:
#   accelerator: GPU
#   colab:
#     gpuType: T4
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Transfer learning
#
# After this chapter you can take a network that others trained on a million photographs, use it for a question of your own with very few
# pictures, say when to change its weights and when to leave them, and say what the comparison with your own network is worth.
#
# - **Time** on 2 CPU cores: 1.1<!-- chapters.11_transfer_learning.fast_minutes --> minutes in fast mode, 3.2<!-- chapters.11_transfer_learning.full_minutes --> minutes in full mode.<!-- gpu 11 --><!-- end of gpu --> A GPU is used when there is one.
# - **You need** chapters 06 and 08: few pictures, validation, heat maps. The pretrained network comes with the course, so nothing is downloaded for it.
# - **How to work**: answer each question on paper first. The output that answers it is folded away; run the cell, and it
#   opens. (A click on the three dots opens it, too.)

# %% tags=["setup"]
import pathlib, subprocess, sys
REPOSITORY, VERSION = "", "v0.1.0"
places = (pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path.cwd() / "course")
if REPOSITORY and not any((place / "helpers/environment.py").exists() for place in places):
    print("Fetching the course (helpers, exercises, data, models),", VERSION, "of", REPOSITORY)
    subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth=1", "--branch", VERSION, REPOSITORY, "course"], check=True)
sys.path[:0] = [str(place) for place in places if (place / "helpers/environment.py").exists()] or sys.exit("The folder helpers/ is not here. Upload the course's folders helpers, exercises, data and models beside this notebook (in Colab: folder symbol on the left), then run this cell again.")
import helpers; helpers.expect(VERSION)

# %% [markdown]
# All but a few numbers of this chapter come from a network whose weights stay as they are. So it computes in `float32`, and everybody sees
# nearly the same. In fast mode (`FAST=1`) it looks at every fifth picture only, and a network that is
# trained as a whole stops after three batches, which is too little to learn anything.

# %% tags=["nbval-ignore-output"]
from helpers.environment import FAST, setup

environment = setup(seed=42, precision="float32")

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats
from PIL import Image
from sklearn.linear_model import LogisticRegression

from helpers import interpret, models, plots
from helpers.activations import feature_maps
from helpers.data import cats_and_dogs, own_picture, sample_image
from helpers.training.efficientnet import imagenet_classes

set_matplotlib_formats("jpeg", pil_kwargs={"quality": 70})  # pictures take less room than as PNG

# %% [markdown]
# ## 1. A network with a thousand classes
#
# Chapter 06 trained a network from nothing, with 2,000 photographs, and it reached 0.8450<!-- cats_dogs_augmented.validation_accuracy -->. Nobody learns
# what a cat is from so few pictures alone. You had seen the world for years before somebody told you which animal is called a dog. *Transfer learning*
# (전이 학습) gives a network the same advantage: it first learns to see, from a large collection, and then it learns your question, from few pictures.
#
# The collection is usually *ImageNet* (이미지넷): 1.28 million photographs with labels, of one thousand classes. The network here is
# EfficientNet-Lite0, which Google trained on ImageNet for telephones. Its weights may be used and passed on by everybody (Apache licence), so
# they come with the course, and you need no connection. A network that is handed on with its weights is called *pretrained* (사전 훈련된).
#
# **Your prediction:** the network of chapter 06 has 3,453,121 parameters and two classes. How many times as many will a network for a thousand classes
# have: about as many, ten times, or a hundred times as many?

# %% jupyter={"outputs_hidden": true}
network, names = models.load("efficientnet_lite0"), imagenet_classes()

print(f"parameters: {network.count_params():,}")
print("layers:", len(network.layers))
print("takes", network.input_shape, "and gives", network.output_shape)

# %% [markdown]
# About as many: less than one and a half times<!-- claim: number("parameters:") < 1.5 * 3453121 -->. How a network is built matters more than how
# large it is, and step 2 shows where this one saves. `None` in the shape means: of any size. The network takes pictures of any height and width, as long
# as they have three channels with values from 0 to 1.
#
# Ask it about Chelsea, the cat that you know (photographed by Stéfan van der Walt, CC0). It was trained on pictures of 224 by 224 pixels. ImageNet has
# five classes of cats that live with people, and 118 classes of dogs. They stand beside each other, so two ranges of numbers name them all.
#
# **Your prediction:** the five cats are *tabby* (striped or spotted), *tiger cat*, *Persian*, *Siamese* and *Egyptian cat*. Which of them will the network
# name for Chelsea, and how likely will it find that one?

# %% jupyter={"outputs_hidden": true}
CATS, DOGS = range(281, 286), range(151, 269)


def prepared(picture, side):
    small = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(small, "float32")[np.newaxis] / 255


cat = prepared(sample_image("cat"), 224)
answer = network.predict(cat, verbose=0)[0]
for index in answer.argsort()[::-1][:5]:
    print(f"{names[index]:14} {answer[index]:.2f}")
print(f"any of the five cats: {answer[CATS].sum():.2f}")
print("cats:", ", ".join(names[index] for index in CATS))
print("dogs:", ", ".join(names[index] for index in DOGS[:5]), "and", len(DOGS) - 5, "more")

# %% jupyter={"outputs_hidden": true}
best = answer.argsort()[::-1][:5]
plots.probabilities(cat[0], answer[best], [names[index] for index in best])

# %% [markdown]
# *Look at the second and third bar.* The network says Egyptian cat<!-- claim: number("Egyptian cat ") > 0.5 -->, and its next two guesses are cats with
# stripes<!-- claim: number("tiger cat ") > number("lynx ") and number("tabby ") > number("lynx ") -->. Together the five classes of cats get nearly
# everything<!-- claim: number("any of the five cats:") > 0.9 -->. So it is sure of the cat, and less sure of the breed, as you are perhaps.
#
# > **If you are online:** Keras has many such networks in [`keras.applications`](https://keras.io/api/applications/), and downloads the weights when you ask
# > for them. The line `network = keras.applications.EfficientNetB0(weights="imagenet")` builds the larger sister of ours, and
# > `keras.applications.EfficientNetB0(include_top=False, pooling="avg", input_shape=(192, 192, 3))` builds it without its last layer, which is what the next
# > steps need. **Each network wants its pixels in its own way**: this one takes 0 to 255, ours takes 0 to 1, others take −1 to 1. The function
# > `preprocess_input` beside each network does what that network needs. Many books take `VGG16`, which has 138 million parameters: about thirty times as many as ours.
#
# ## 2. Where it saves
#
# The network begins with an ordinary convolution, the *stem* (줄기). Sixteen *blocks* (블록) follow, and each of them has three steps:
#
# 1. a *1x1 convolution* (점별 합성곱) makes six times as many maps: each new map is a weighted sum of the old ones, pixel by pixel;
# 2. a *depthwise convolution* (깊이별 합성곱) runs over each map with a kernel of its own, and adds nothing up across maps;
# 3. a second 1x1 convolution makes few maps again.
#
# Where the shapes fit, what came into the block is added to what comes out. This is the skip connection of chapter 10. Behind
# each convolution stands a *batch normalisation* (배치 정규화), which you know from there, and `relu` that stops at 6.
#
# Look at block 3. It gets 24 maps, makes 144 of them, filters these with kernels of 3 by 3, and gives 24 back.
#
# **Your prediction:** how many weights has its depthwise convolution, with 144 maps and kernels of 3 by 3? And how many would an ordinary convolution
# from 144 maps to 144 maps have? (Neither has biases.)

# %% jupyter={"outputs_hidden": true}
for part in ("expand", "depthwise", "project"):
    layer = network.get_layer(f"block3_{part}")
    print(f"{layer.name:16} {layer.kernel.shape!s:18} {layer.count_params():>8,} weights")
ordinary = keras.layers.Conv2D(144, 3, use_bias=False)
ordinary.build((None, None, None, 144))
print(f"{'ordinary instead':16} {ordinary.kernel.shape!s:18} {ordinary.count_params():>8,} weights")

# %% [markdown]
# $144 \cdot 3 \cdot 3 = 1{,}296$ and $144 \cdot 144 \cdot 3 \cdot 3 = 186{,}624$. All three steps together have less than a twentieth of the
# weights of the ordinary
# one<!-- claim: 20 * (number("block3_expand", -1) + number("block3_depthwise", -1) + number("block3_project", -1)) < number("ordinary instead", -1) -->. The depthwise
# convolution finds patterns, and the 1x1 convolutions mix them. An ordinary convolution does both at once, and pays for it.
# (`helpers/training/efficientnet.py` builds the whole network in a page.)
#
# ## 3. Features without training
#
# The last layers of the network are a global average pooling, which leaves one number of each of 1,280 maps, and a dense layer that makes a thousand
# probabilities of them. The 1,280 numbers are called *features* (특성, 특징). They must hold what tells a thousand classes apart. **Perhaps they also hold
# what tells your classes apart.** To find out, cut the network off behind them.

# %%
base = keras.Model(network.inputs, network.get_layer("features").output, name="base")
print("the base gives", base.output_shape, "and has", f"{base.count_params():,} parameters")

# %% [markdown]
# The pictures are those of chapter 06, and the same rule holds: nobody may publish them again, so **cells that would show one are stored empty**. Where no photographs
# are to be had, `cats_and_dogs` gives the pictures that the course draws, and says so. All figures in the text were measured on the photographs, unless it says
# *drawn*.
#
# A larger picture shows more and takes longer. We take 192 by 192 pixels, which is enough for cats and dogs, and takes the
# base about a quarter less time than 224 by 224.

# %% tags=["nbval-ignore-output"]
folder = cats_and_dogs()
kind = "drawn" if folder.name.startswith("drawn") else "photographs"
suffix = "_drawn" if kind == "drawn" else ""  # a network is named by what it learned from

# %%
SIDE = 192


def pictures_in(part, every=5 if FAST else 1):
    files = sorted(part.glob("*/*.jpg"))[::every]
    loaded = [keras.utils.load_img(file, target_size=(SIDE, SIDE), interpolation="bicubic") for file in files]
    return np.stack([np.asarray(one) for one in loaded]), np.array([file.parent.name == "dogs" for file in files], int)


scaled = keras.Sequential([keras.Input((SIDE, SIDE, 3)), keras.layers.Rescaling(1 / 255), base])


def features_of(pictures):
    return scaled.predict(pictures, batch_size=50, verbose=0)


# %% [markdown]
# The pictures stay in bytes, from 0 to 255, because 2,000 of them in 32 bits would fill nearly a gigabyte. `Rescaling` divides each batch when its turn comes.

# %% tags=["nbval-ignore-output"]
start = time.perf_counter()
(train, train_labels), (validation, labels) = pictures_in(folder / "train"), pictures_in(folder / "validation")
train_features, features = features_of(train), features_of(validation)
feature_seconds = time.perf_counter() - start
print(f"features: {len(train) + len(validation):,} pictures in {feature_seconds:.0f} s")
print("for training:", train_features.shape)

# %% [markdown]
# Each picture is now a row of 1,280 numbers, and no weight was changed. To tell two classes apart by such rows, the simplest method is *logistic regression*
# (로지스틱 회귀): one weight for each number, a sum, and a sigmoid. It is a dense layer with one unit, under an older name. scikit-learn finds its weights in a
# second, and nothing about it was tuned.
#
# **Your prediction:** 0.8450<!-- cats_dogs_augmented.validation_accuracy --> is what the network of chapter 06 reached, after
# 17.5<!-- cats_dogs_augmented.train_minutes --> minutes of training. What will the logistic regression reach?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
start = time.perf_counter()
regression = LogisticRegression(max_iter=1000).fit(train_features, train_labels)
regression_accuracy = regression.score(features, labels)
print(f"logistic regression on features: {regression_accuracy:.4f} of {len(labels):,} validation pictures ({kind})")
print(f"network of chapter 06:           {models.card(f'cats_dogs_augmented{suffix}')['validation_accuracy']:.4f}")
print(f"fitted in {time.perf_counter() - start:.1f} s")

# %% [markdown]
# In a minute, without a GPU and without any augmentation, it is far better than the trained
# network<!-- claim: number("logistic regression on features:") >= 0.97 and number("logistic regression on features:") - number("network of chapter 06:") > 0.1 -->. Of
# a hundred photographs about one is wrong<!-- claim: number("logistic regression on features:") > 0.98 -->, and not fifteen. What should you try first when you have few pictures? This.
#
# ## 4. How many photographs do you need?
#
# Take only some of the training photographs, by chance, as many cats as dogs, and do so five times for each number.
#
# **Your prediction:** with how many photographs will the features reach what the network of chapter 06 reached with all 2,000: with 1,000, 200, 50 or 10?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def accuracy_with(count, draw):
    random = np.random.default_rng((environment.seed, draw))
    chosen = [random.permutation(np.flatnonzero(train_labels == animal))[: count // 2] for animal in (0, 1)]
    chosen = np.concatenate(chosen)
    few = LogisticRegression(max_iter=1000).fit(train_features[chosen], train_labels[chosen])
    return few.score(features, labels)


by_size = {}
for count in (10, 20, 50, 200, 1000, 2000):
    if count <= len(train):
        reached = [accuracy_with(count, draw) for draw in range(5)]
        by_size[count] = round(float(np.mean(reached)), 4)
        print(f"{count:5} pictures: {by_size[count]:.4f} on average, from {min(reached):.4f} to {max(reached):.4f}")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
scratch = models.card(f"cats_dogs_plain{suffix}")["by_size"]
augmented = models.card(f"cats_dogs_augmented{suffix}")["validation_accuracy"]
figure, axis = plt.subplots(figsize=(6, 3.8), layout="constrained")
axis.plot(list(by_size), list(by_size.values()), "s-", color=plots.ORANGE, label="features of ImageNet, a head")
axis.plot([int(n) for n in scratch], list(scratch.values()), "o-", color=plots.BLUE, label="from scratch (chapter 06)")
axis.plot(2000, augmented, "*", ms=14, color=plots.BLUE, label="from scratch, augmentation and dropout")
axis.axhline(0.5, color="grey", lw=1)
axis.text(2000, 0.505, "guessing", color="grey", ha="right")
axis.set(xscale="log", xlabel="training pictures", ylabel="validation accuracy", ylim=(0.48, 1))
axis.set_xticks([10, 50, 200, 1000, 2000], [10, 50, 200, "1,000", "2,000"])
axis.set_title(f"What a picture is worth ({kind})")
axis.legend(fontsize=8, loc="lower left")
plt.show()

# %% [markdown]
# *Compare the left end of the orange line with the star.* **Ten photographs** are enough to be better than the star, even in the worst of five
# draws<!-- claim: row("   10 pictures:")[1] > number("network of chapter 06:") -->. From 50 photographs on little is
# gained<!-- claim: number(" 2000 pictures:") - number("   50 pictures:") < 0.03 -->, while the blue line still rises at its
# end<!-- claim: card("cats_dogs_plain.by_size.2000") > card("cats_dogs_plain.by_size.1000") -->. Step 8 asks whether that is as
# wonderful as it looks.
#
# ## 5. A new head, in Keras
#
# What stands behind the base is called its *head* (헤드, 분류기). Logistic regression is a head already, but one of Keras can be trained together with
# the base, and kept with it in one network. First train it on the features that you have.
#
# **Your prediction:** the head has dropout and one unit with a sigmoid. How many parameters does it have?

# %% jupyter={"outputs_hidden": true}
def new_head():
    keras.utils.set_random_seed(environment.seed)
    unit = keras.layers.Dense(1, activation="sigmoid", name="dog")
    return keras.Sequential([keras.Input((1280,)), keras.layers.Dropout(0.2), unit], name="head")


head = new_head()
print(f"parameters of the head: {head.count_params():,}")

# %% tags=["nbval-ignore-output"]
head.compile(keras.optimizers.Adam(0.001), "binary_crossentropy", metrics=["accuracy"])
start = time.perf_counter()
run = head.fit(
    train_features, train_labels, validation_data=(features, labels), batch_size=32, epochs=20, shuffle=True, verbose=0
)
head_seconds = time.perf_counter() - start
head_accuracy = run.history["val_accuracy"][-1]
print(f"20 epochs in {head_seconds:.1f} s")
print(f"the head of Keras:               {head_accuracy:.4f} of {len(labels):,} validation pictures ({kind})")

# %% [markdown]
# 1,280 weights and a bias. Its accuracy is about that of the logistic
# regression<!-- claim: abs(number("the head of Keras:") - number("logistic regression on features:")) < 0.01 -->, because it is nearly the same model, found by Adam. An
# epoch takes a moment, because the base has done its work once and for all: it need not compute the same features in each epoch again.
#
# Now put the two together. A model can be a layer of another one, and the layers of the base are then named by their *path*, such as `"base/stem"`. The line
# `base.trainable = False` *freezes* (동결) the base: training may not change its weights.
#
# **Your prediction:** does the whole network give the same probabilities for the pictures as the head gives for their features?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
base.trainable = False
classifier = keras.Sequential([keras.Input((SIDE, SIDE, 3)), base, head], name="classifier")

some = slice(None, None, 25 if FAST else 10)
whole = classifier.predict(validation[some].astype("float32") / 255, verbose=0)
difference = np.abs(whole - head.predict(features[some], verbose=0)).max()
print(f"largest difference: {difference:.6f}")

# %%
count = {"trainable": classifier.trainable_weights, "frozen": classifier.non_trainable_weights}
for name, weights in count.items():
    print(f"{name:9} parameters: {sum(int(np.prod(weight.shape)) for weight in weights):,}")

# %% [markdown]
# Yes, up to rounding<!-- claim: number("largest difference:") < 0.001 -->. Of the whole network only the head can be trained.
#
# ## 6. Freeze, and when to thaw
#
# Could the base become better if it learned from your pictures, too? To *thaw* it (동결 해제) means to set `trainable = True` again, and to go on is called *fine-tuning*
# (미세 조정). Three things can go wrong.
#
# - **A head that knows nothing.** Its first answers are wrong, so its gradients are large, and they run through the base. So train the head first, as you did.
# - **A large learning rate.** The weights of the base are good already. Long steps carry them away from where a million photographs had brought them.
# - **Batch normalisation.** You know this layer from chapter 10. *In training* it subtracts the mean of the batch and divides by its standard
#   deviation. *In use* there may be only one picture, so it takes averages that it collected in training, a *moving mean* (이동 평균) and a moving variance. With
#   other pictures in small batches both become other numbers. So keep it as it is in use: a layer of batch normalisation with `trainable = False` works in
#   this way, also in training.
#
# Measure it. Each line below begins with the same pretrained base and the head of step 5, and runs once through every second training picture. (In fast mode the
# first one only.) `compile` comes after `trainable`, because it notes which weights it may change.

# %%
def thawed(trained_head, rate, normalisation_too=False):
    fresh, own_head = models.load("efficientnet_lite0"), new_head()
    own_head.set_weights(trained_head.get_weights())
    own_base = keras.Model(fresh.inputs, fresh.get_layer("features").output, name="base")
    for layer in own_base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = normalisation_too
    in_bytes = [keras.Input((SIDE, SIDE, 3)), keras.layers.Rescaling(1 / 255)]
    model = keras.Sequential([*in_bytes, own_base, own_head])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model

# %% tags=["nbval-ignore-output"]
def train_once(model, pictures, labels):
    order = np.random.default_rng(environment.seed).permutation(len(pictures))[: 96 if FAST else None]
    model.fit(pictures[order], labels[order], batch_size=32, verbose=0)


# %% [markdown]
# **Your prediction:** which of the three trainings below will be better than the frozen base, and which worse?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
shown, shown_labels = (validation[::5], labels[::5]) if FAST else (validation, labels)
ways = {"small rate": (0.00001,), "small rate, moving means too": (0.00001, True), "large rate": (0.001,)}
fine_tuned = {"frozen": round(float(head_accuracy), 4)}
print(f"{'frozen':29} {head_accuracy:.4f}")
for name, settings in list(ways.items())[: 1 if FAST else None]:
    start = time.perf_counter()
    model = thawed(head, *settings)
    train_once(model, train[::2], train_labels[::2])
    _, accuracy = model.evaluate(shown, shown_labels, batch_size=50, verbose=0)
    fine_tuned[name] = round(float(accuracy), 4)
    print(f"{name:29} {accuracy:.4f} after {time.perf_counter() - start:.0f} s")

# %% [markdown]
# None is better than the frozen base by more than
# chance<!-- claim: max(number("small rate  "), number("small rate, moving means too"), number("large rate")) - number("frozen  ") < 0.006 -->. With the small
# rate the accuracy stays where it was<!-- claim: abs(number("small rate  ") - number("frozen  ")) < 0.006 -->: there is little left to gain. When the moving means go
# along, it becomes worse<!-- claim: number("frozen  ") - number("small rate, moving means too") > 0.008 -->, at the same rate. And with the large rate the network
# only guesses<!-- claim: number("large rate") < 0.7 -->. In one epoch it lost what a million photographs had taught it, which is called
# *catastrophic forgetting* (파국적 망각).
#
# So thaw when two things come together: the frozen features are not good enough for your pictures, and you have many of them. The next step has such a case.
#
# ## 7. Drawn animals
#
# Photographs of cats and dogs are close to what ImageNet holds. The pictures that the course draws are not, because ImageNet is a
# collection of photographs.
#
# **Your prediction:** will the head that learned from photographs know drawn animals? And will the features be of use if the head learns from drawn pictures?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
drawn = cats_and_dogs("drawn")
drawn_train, drawn_train_labels = pictures_in(drawn / "train")
drawn_pictures, drawn_labels = pictures_in(drawn / "validation")
drawn_train_features, drawn_features = features_of(drawn_train), features_of(drawn_pictures)

drawn_head = new_head()
drawn_head.compile(keras.optimizers.Adam(0.001), "binary_crossentropy", metrics=["accuracy"])
drawn_head.fit(drawn_train_features, drawn_train_labels, batch_size=32, epochs=20, verbose=0)
on_drawn = head.evaluate(drawn_features, drawn_labels, verbose=0)[1]
own_drawn = drawn_head.evaluate(drawn_features, drawn_labels, verbose=0)[1]
from_scratch = models.card("cats_dogs_augmented_drawn")["validation_accuracy"]
print(f"head that learned from {kind}:    {on_drawn:.4f} of the drawn validation pictures")
print(f"head that learned from drawn ones:    {own_drawn:.4f}")
print(f"chapter 06, from scratch, drawn ones: {from_scratch:.4f}")

# %% [markdown]
# The head of the photographs only guesses<!-- claim: number("head that learned from photographs:") < 0.6 -->, as the network of chapter 06 did. A head that
# learned from drawn pictures does better<!-- claim: number("head that learned from drawn ones:") > 0.75 -->, so the features are of some use. But here the network
# that began from nothing wins<!-- claim: number("chapter 06, from scratch, drawn ones:") > number("head that learned from drawn ones:") + 0.05 -->. **What a pretrained
# network is worth depends on how close your pictures are to what it was trained on.**
#
# Here are both reasons to thaw: features that are not good enough, and 2,000 pictures.
#
# **Your prediction:** thaw the base, and run once through the drawn pictures with a rate of 0.0001. Will that be better than the frozen base?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
start = time.perf_counter()
model = thawed(drawn_head, 0.0001)
train_once(model, drawn_train, drawn_train_labels)
every = slice(None, None, 5 if FAST else 1)
thawed_drawn = model.evaluate(drawn_pictures[every], drawn_labels[every], batch_size=50, verbose=0)[1]
print(f"drawn, frozen base:            {own_drawn:.4f}")
print(f"drawn, thawed, one epoch:      {thawed_drawn:.4f} after {time.perf_counter() - start:.0f} s")

# %% [markdown]
# Yes<!-- claim: number("drawn, thawed, one epoch:") > number("drawn, frozen base:") + 0.01 -->. It is still behind the network that learned from drawn pictures
# alone<!-- claim: number("drawn, thawed, one epoch:") < number("chapter 06, from scratch, drawn ones:") -->, but that one had 70<!-- cats_dogs_augmented_drawn.epochs --> epochs, and this
# one had a single epoch. (The rate is ten times that of step 6: the features have further to go.)
#
# ## 8. What did ImageNet know already?
#
# Before you praise transfer learning, ask what the network had seen. ImageNet holds 118 classes of dogs, with about 1,280 photographs each. That makes some
# 150,000 photographs of dogs **with labels**, and five classes of cats. So ask the network without any head of yours: does it give the 118 dogs together more
# probability than the five cats? The thousand probabilities come from the features, by its own last layer.
#
# **Your prediction:** not one of our 2,000 labels is used. How many of the validation photographs will be right?

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
thousand = keras.Sequential([keras.Input((1280,)), network.get_layer("classes")]).predict(features, verbose=0)
dog_sum, cat_sum = thousand[:, DOGS].sum(axis=1), thousand[:, CATS].sum(axis=1)
said_dog = dog_sum > cat_sum
without_labels = (said_dog == labels).mean()
print(f"no label of ours:                {without_labels:.4f} of {len(labels):,} validation pictures ({kind})")
print("cats called dogs:", (said_dog & (labels == 0)).sum())
print("dogs called cats:", (~said_dog & (labels == 1)).sum())

first = thousand.argmax(axis=1)
neither = ~np.isin(first, [*CATS, *DOGS])
print(f"first name is neither a cat nor a dog: {neither.mean():.2f} of the pictures")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
def most_named(chosen):
    found, counts = np.unique(first[chosen], return_counts=True)
    return ", ".join(f"{names[found[i]]} {counts[i]}" for i in counts.argsort()[::-1][:6])


print("named for dogs:  ", most_named(~neither & (labels == 1)))
print("named for cats:  ", most_named(~neither & (labels == 0)))
print("named instead:   ", most_named(neither))

# %% [markdown]
# Without one label of ours the network is better than that of chapter 06, which learned from 2,000<!-- claim: number("no label of ours:") > number("network of chapter 06:") -->. And look
# at its mistakes: nearly all are cats that are called dogs<!-- claim: number("cats called dogs:") > 10 * number("dogs called cats:") -->. There are 118 classes of dogs, and even
# if each gets very little, the sum is large. (Some cats were called
# *schipperke*, which is a small black dog. Which cats will these have been?) A head of yours does not have this fault, because it learned from as many cats as dogs.
#
# So what does the comparison with chapter 06 say? Not that 2,000 photographs are enough. It compares 2,000 labels with more than a million, and 150,000 of those were given to dogs.
# Ten photographs of yours only tell the network *which* of the things that it can tell apart already you mean. And there is a second reason to be careful. ImageNet was collected from
# pages of the web where people show their photographs, and ours come from the pages of animal shelters. They are of the same kind: an animal in the
# middle, at eye level, in a room. Some of them may even be in both collections, and nobody here has looked. **The figure holds for photographs like these. The drawn pictures
# show what is left of it when they are not.**
#
# ## 9. Look inside
#
# The helpers of chapters 05 to 08 work on this network, too, because they follow paths into a model. Begin with the maps. The stem looks at Chelsea with 32
# filters of 3 by 3 pixels, as `conv1` of chapter 07 did.

# %%
small_cat = prepared(sample_image("cat"), SIDE)
paths = ["base/stem_relu", "base/block5_add", "base/block11_project_norm", "base/head_relu"]
maps = feature_maps(classifier, small_cat, paths)
for path, layer_maps in maps.items():
    print(f"{path:26} {layer_maps.shape}, {np.mean(~layer_maps.any(axis=(1, 2))):4.0%} of the maps empty")

# %%
plots.feature_maps(maps["base/stem_relu"][0], columns=16, caption="base/stem_relu: 32 channels of 96 by 96", gamma=0.5)

# %% [markdown]
# *Look for maps with the outline only, and for maps with one colour of the fur.* Then comes the end of the base: 1,280 maps of 6 by 6 fields, of which these
# are the 32 strongest.
#
# **Your prediction:** will the cat be seen in any of them?

# %% jupyter={"outputs_hidden": true}
last = maps["base/head_relu"][0]
strongest = last.max(axis=(0, 1)).argsort()[::-1][:32]
plots.feature_maps(last[..., strongest], columns=16, caption="base/head_relu: the 32 strongest of 1,280", gamma=0.5)

# %% [markdown]
# No. *Each map says in which of 36 fields something was found.* What that is, the map does not say. So ask the filters, by activation maximisation (chapter 08).
#
# **Your prediction:** `conv4` of chapter 06 wanted stripes and spots. What will a filter in the middle of this network want, after a million photographs?

# %% jupyter={"outputs_hidden": true}
stem = interpret.maximize_filters(classifier, "base/stem", range(32))
plots.images(stem, columns=16, caption="What excites the 32 filters of the stem")

# %% jupyter={"outputs_hidden": true} tags=["nbval-ignore-output"]
middle = interpret.maximize_filters(classifier, "base/block6_project", range(16), steps=10 if FAST else 30)
plots.images(middle, columns=8, caption="What excites 16 filters of block 6")

# %% [markdown]
# *The stem wants plain colours and stripes*, as every first layer that you have met. *The filters of block 6 want nets, scales, knots, and round things with a dark
# middle*, which may be eyes, wheels or berries. That is more than the network of chapter 06 had in its deepest layer, and block 6 is not half of the way.
#
# ### Which places speak for which class?
#
# Grad-CAM (chapter 08) explains one score. This network has a thousand of them, so you may ask it about any class, also about one that it did not choose.
#
# **Your prediction:** the network finds a *plastic bag* least likely of its five guesses. How will its heat map differ from that of the *Egyptian cat*?

# %% jupyter={"outputs_hidden": true}
asked = [285, 281, 287, 728]  # Egyptian cat, tabby, lynx, plastic bag
maps_of_classes = {names[index]: interpret.grad_cam(network, cat, class_index=index) for index in asked}
plots.heat_maps(cat, maps_of_classes, caption="Grad-CAM of four of the thousand classes")

# %% jupyter={"outputs_hidden": true}
for name, heat in maps_of_classes.items():
    correlation = np.corrcoef(heat.ravel(), maps_of_classes["Egyptian cat"].ravel())[0, 1]
    print(f"correlation with the map of Egyptian cat: {name:13} {correlation:.2f}")

# %% [markdown]
# *All four maps lie on the face.* Even that of the plastic bag is nearly a copy of the first
# one<!-- claim: number("map of Egyptian cat: plastic bag") > 0.7 -->. A heat map tells *where* the network looked, and for this picture there is one thing to look at. It does
# not tell that the network is right, and a map of a wrong class looks as good as one of the right class. Chapter 08 asked networks with destroyed weights for their maps. To ask for
# another class is one more check of this kind, and it costs a second.
#
# Now a picture of your own. In Jupyter write its path between the quotation marks; in Colab write `"upload"` and choose a file. Left empty, it is the temple of
# chapter 02.

# %% tags=["nbval-ignore-output"]
MY_PICTURE = ""

if MY_PICTURE == "upload":
    from google.colab import files as colab_files
    MY_PICTURE = colab_files.upload()
mine = prepared(own_picture(MY_PICTURE) if MY_PICTURE else sample_image("temple"), 224)
my_answer = network.predict(mine, verbose=0)[0]
my_best = my_answer.argsort()[::-1][:5]
plots.probabilities(mine[0], my_answer[my_best], [names[index] for index in my_best])

# %% tags=["nbval-ignore-output"]
my_maps = {names[index]: interpret.grad_cam(network, mine, class_index=int(index)) for index in my_best[:3]}
plots.heat_maps(mine, my_maps, caption="Grad-CAM of the three most likely classes")

# %% [markdown]
# *The bars show names of things that ImageNet knows.* A thing without a class of its own gets the name of something that looks like it, or of
# what stands beside it. People, for instance, have hardly any class there.
#
# ## 10. What it gets wrong
#
# Few mistakes are left, so you can look at all of them.

# %% tags=["nbval-ignore-output"]
p = head.predict(features, verbose=0).ravel()
wrong = np.flatnonzero((p > 0.5) != labels)
wrong = wrong[np.abs(p[wrong] - 0.5).argsort()[::-1]]  # the most confident ones first
print("wrong:", len(wrong), "of", len(labels))
print("cats taken for dogs:", (labels[wrong] == 0).sum(), " dogs taken for cats:", (labels[wrong] == 1).sum())
print("wrong and more than 0.9 confident:", (np.maximum(p, 1 - p)[wrong] > 0.9).sum())

# %% tags=["photographs", "nbval-ignore-output"]
titles = [f"dog: {p[index]:.2f}\n{names[first[index]]}" for index in wrong[:16]]
plots.images(validation[wrong[:16]].astype("float32") / 255, titles, columns=8, caption=f"Mistakes ({kind})")

# %% [markdown]
# Above each picture stand the probability of dog and the first of the thousand names. Ask of each: is the label true? Are there two animals in it? Is the animal
# small, or behind bars? Is it cut off? A mistake that *you* understand is worth more than the last tenth of a per cent.
#
# ## 11. Keep the head
#
# To hand your classifier on, the head is enough: everybody who has the course has the base. It is stored with its card in
# `build/models/`.

# %% tags=["nbval-ignore-output"]
best_epoch = int(np.argmin(run.history["val_loss"])) + 1
saved = {} if FAST else {"by_size": by_size, "thawed": fine_tuned}
path = models.save(
    head, f"cats_dogs_head{suffix}", dataset=folder, notebook="11_transfer_learning", seed=environment.seed,
    epochs=20, best_epoch=best_epoch, train_seconds=round(feature_seconds + head_seconds, 1), side=SIDE,
    validation_accuracy=round(float(head_accuracy), 4), regression_accuracy=round(float(regression_accuracy), 4),
    unlabelled_accuracy=round(float(without_labels), 4), photographs_to_drawn_accuracy=round(float(on_drawn), 4),
    own_drawn_accuracy=round(float(own_drawn), 4), thawed_drawn_accuracy=round(float(thawed_drawn), 4), **saved
)
print("saved as", path.name, f"with {path.stat().st_size / 1000:.0f} kB")

# %% [markdown]
# > **What can go wrong: pixels in another range.** A pretrained network that gets 0 to 255 in place of 0 to 1 raises no error, and its features are worthless.
# > The network here does its own scaling behind 0 to 1, so do not scale a second time. The helpers of the course notice 0 to 255; `predict` does not.
#
# > **What can go wrong: `trainable` after `compile`.** A model that is compiled keeps the list of weights that it may change. If you freeze or thaw
# > afterwards, compile again, or nothing happens.
#
# See the first one happen. Chelsea gets 255 times as bright, and the network is asked again.
#
# **Your prediction:** will it still say cat?

# %% jupyter={"outputs_hidden": true}
too_bright = network.predict(255 * cat, verbose=0)[0]
print("it says:", names[int(too_bright.argmax())])
print(f"any of the five cats, wrong scale: {too_bright[CATS].sum():.2f}")

# %% [markdown]
# It names something else, with no error and no warning, and nearly nothing is left for the five
# cats<!-- claim: number("any of the five cats, wrong scale:") < 0.1 -->.
#
# ## What you learned
#
# 1. The features of a pretrained network and one weight for each of them are better than a network from scratch, when pictures are few. Try this first.
# 2. Freeze the base and train the head. Thaw it only then, with a small rate, and leave batch normalisation as it is in use.
# 3. What the network saw decides what it is worth for you: it knows photographs of pets, because ImageNet is full of them, and drawings much less.
# 4. An accuracy of transfer learning counts labels that others wrote. Ask whether your classes, or your very pictures, were among them.
# 5. Every pretrained network has its own scale and size of pictures. Another scale raises no error.
#
# | Function | What it does |
# |---|---|
# | [`keras.Model(inputs, network.get_layer(name).output)`](https://keras.io/api/models/model/) | cuts a network off behind a layer |
# | [`LogisticRegression().fit(features, labels)`](https://scikit-learn.org/stable/modules/generated/sklearn.linear_model.LogisticRegression.html) | one weight for each feature |
# | [`layer.trainable = False`](https://keras.io/guides/transfer_learning/) | freezes a layer, or a model with all its layers |
# | [`DepthwiseConv2D`](https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/) | one kernel for each map |
# | [`keras.applications`](https://keras.io/api/applications/) | pretrained networks, downloaded; `preprocess_input` and `decode_predictions` beside each |
# | `models.load("efficientnet_lite0")`, `imagenet_classes()` | helpers of this course: the network, and the names of its classes |
#
# **Open question:** the base was trained on pictures of 224 by 224, and you gave it 192 by 192. Write `SIDE = 224` in step 3, and then `SIDE = 96`. Predict first how the
# seconds and the accuracy of the logistic regression will change, and how much room is left for each. Then run step 3 again, and report in three sentences.
#
# **Exercises:** [8 exercises](exercises/11_transfer_exercises.ipynb) on this chapter; each checks your answer.
#
# **Next:** this is the last chapter.

# %% tags=["reached", "nbval-ignore-output"]
print(f"validation accuracy ({kind}): head {head_accuracy:.4f}, logistic regression {regression_accuracy:.4f}")
