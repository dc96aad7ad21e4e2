"""Where the pictures of cats and dogs come from, and what happens when something is wrong with them."""

import base64
import hashlib
import http.server
import io
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image

from helpers import settings
from helpers.data import DataError, cats_and_dogs, folder_checksum, own_picture
from helpers.environment import ROOT
from helpers.pictures import download, drawn, inspection, sources
from helpers.pictures import files as files_module

TOP = "cats_and_dogs_filtered"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """No folder of one's own, an empty cache, full mode, no network, and a small stand-in."""
    monkeypatch.delenv("CATS_AND_DOGS_DIR", raising=False)
    monkeypatch.setattr(sources, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(sources, "FAST", False)
    monkeypatch.setattr(sources, "URL", "http://127.0.0.1:9/nobody-listens.zip")
    monkeypatch.setattr(drawn, "COUNTS", {"train": 2, "validation": 1})
    folders = {"train/cats": 2, "train/dogs": 2, "validation/cats": 1, "validation/dogs": 1}
    monkeypatch.setattr(sources, "FOLDERS", folders)
    return tmp_path / "cache"


def jpeg(colour=(200, 120, 40), mode="RGB", kind="JPEG", size=(20, 16)):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with two good pictures for each class."""
    folder = tmp_path / "mine"
    for sub in sources.FOLDERS:
        (folder / sub).mkdir(parents=True)
        for number in range(2):
            (folder / sub / f"{number}.jpg").write_bytes(jpeg())
    monkeypatch.setenv("CATS_AND_DOGS_DIR", str(folder))
    return folder


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


# A folder of one's own


def test_a_good_folder_is_used_as_it_is(own, capsys):
    assert cats_and_dogs() == own
    said = capsys.readouterr().out
    assert "your own folder (CATS_AND_DOGS_DIR)" in said
    assert "2 cats and 2 dogs for training, 2 and 2 for validation" in said


def test_a_relative_name_counts_from_the_repository_too(own, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("CATS_AND_DOGS_DIR", "mine")
    assert cats_and_dogs() == own


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (lambda folder: shutil.rmtree(folder), r"there is no folder"),
        (
            lambda folder: (folder / "train/dogs").rename(folder / "train/birds"),
            r"mine has another layout\. What .*mine holds: \['train', 'validation'\]",
        ),
        (
            lambda folder: [shutil.rmtree(folder / "validation"), (folder / "train/dogs").rename(folder / "train/3")],
            r"train holds: \['3', 'cats'\]",
        ),
    ],
)
def test_a_wrong_layout_is_told_with_what_is_there(own, spoil, wanted):
    spoil(own)
    with pytest.raises(DataError, match=wanted) as error:
        cats_and_dogs()
    assert str(own) in str(error.value)


def test_faults_are_named_and_the_rest_is_used(own, capsys, cache):
    cats = own / "train/cats"
    (cats / "empty.jpg").write_bytes(b"")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8))
    noise.save(cats / "cut.jpg")
    content = (cats / "cut.jpg").read_bytes()
    (cats / "cut.jpg").write_bytes(content[: len(content) * 9 // 10])
    Image.fromarray(np.full((8, 8), 30000, np.uint16)).save(cats / "deep.png")
    (cats / "camera.JPG").write_bytes(jpeg())
    (cats / "0.png").write_bytes(jpeg(kind="PNG"))
    (cats / "link.jpg").symlink_to("nowhere.jpg")
    (cats / "text.jpg").write_text("this is no picture")
    (cats / "page.jpg").write_bytes(jpeg(kind="PNG"))
    (cats / "grey.jpg").write_bytes(jpeg(mode="L"))
    (cats / "print.jpg").write_bytes(jpeg(mode="CMYK"))
    (cats / ".DS_Store").write_bytes(b"x")
    before = files(own)

    folder = cats_and_dogs()
    said = capsys.readouterr().out.splitlines()
    for name, words in {
        "empty": "is empty (0 bytes): left out",
        "cut": "(image file is truncated",
        "deep": "has values of the kind I;16: left out",
        "camera": "has a name that does not end in .jpg: used as a colour JPEG",
        "link": "cannot be read ([Errno 2] No such file",
        "text": "is no picture: left out",
        "page": "is a PNG file in truth: used as a colour JPEG",
        "grey": "is grey: used as a colour JPEG",
        "print": "has the printing colours CMYK: used as a colour JPEG",
    }.items():
        (line,) = [line for line in said if f"train/cats/{name}." in line]
        assert words in line
    assert len(said) == 11
    assert "7 cats and 2 dogs for training" in said[-1]  # 0.jpg and 0.png are two
    assert files(own) == before  # nothing of the reader's own is touched
    assert folder.parent == cache
    assert len(list((folder / "train/cats").iterdir())) == 7
    for path in folder.rglob("*.jpg"):
        with Image.open(path) as picture:
            assert (picture.format, picture.mode) == ("JPEG", "RGB")
            expected = (135, 135, 135) if "grey" in path.name else (200, 120, 40)
            np.testing.assert_allclose(np.asarray(picture).mean(axis=(0, 1)), expected, atol=12)
    batches = keras.utils.image_dataset_from_directory(folder / "train", image_size=(8, 8), verbose=False)
    assert sum(len(labels) for _, labels in batches) == 9  # what Keras stopped at, it can read now

    assert cats_and_dogs() == folder  # found again
    (cats / "1.jpg").write_bytes(jpeg((10, 20, 30)))
    changed = cats_and_dogs()
    assert changed != folder
    assert (changed / "train/cats/1.jpg").read_bytes() == (cats / "1.jpg").read_bytes()
    (changed / "train/cats/1.jpg").write_bytes(b"written over")
    assert (cats / "1.jpg").read_bytes() != b"written over"  # a copy, no link


def test_a_telephone_s_picture_is_nothing_unusual(own):
    """MPO: a JPEG with a second one behind it."""
    first, second = (Image.new("RGB", (20, 16), colour) for colour in ("red", "blue"))
    first.save(own / "train/cats/0.jpg", "MPO", save_all=True, append_images=[second])
    assert cats_and_dogs() == own


def test_an_interrupted_copy_is_no_copy(own, cache, monkeypatch):
    (own / "train/cats/empty.jpg").write_bytes(b"")

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(inspection.shutil, "copyfile", stop)
        with pytest.raises(KeyboardInterrupt):
            cats_and_dogs()
    assert list(cache.iterdir()) == []
    assert len(files(cats_and_dogs())) == 8


def test_a_class_without_one_usable_picture_is_an_error(own):
    for path in (own / "train/dogs").iterdir():
        path.write_bytes(b"")
    (own / "train/dogs/.DS_Store").write_bytes(b"x")
    with pytest.raises(DataError, match="no picture can be used in train/dogs"):
        cats_and_dogs()


def test_keras_alone_would_stop_at_such_a_file(own):
    """The reason for all this."""
    (own / "train/cats/text.jpg").write_text("this is no picture")
    batches = keras.utils.image_dataset_from_directory(own / "train", image_size=(8, 8), verbose=False)
    with pytest.raises(Exception, match="image"):
        list(batches)


def picture(turn=1, **kind):
    """A picture whose upper left quarter is red, as it is meant to be seen; stored as a telephone held so stores it."""
    seen = np.zeros((40, 60, 3), np.uint8)
    seen[:20, :30, 0] = 250
    stored = {1: seen, 3: seen[::-1, ::-1], 6: np.rot90(seen), 8: np.rot90(seen, -1)}[turn]
    note = Image.Exif()
    note[files_module.TURNED] = turn
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(stored)).save(buffer, "JPEG", quality=95, exif=note, **kind)
    return seen, buffer.getvalue()


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_a_picture_on_its_side_is_trained_on_upright(own, capsys, turn):
    seen, content = picture(turn)
    (own / "train/cats/0.jpg").write_bytes(content)
    folder = cats_and_dogs()
    assert "train/cats/0.jpg lies on its side, and says so (EXIF): used as a colour JPEG" in capsys.readouterr().out
    read = np.asarray(keras.utils.load_img(sorted((folder / "train/cats").iterdir())[0]))
    assert read.shape == seen.shape
    assert np.abs(read - seen.astype(int)).mean() < 5
    assert files_module.is_turned(Image.open(own / "train/cats/0.jpg"))  # the reader's own is as it was


@pytest.mark.parametrize("spoil", [
    lambda own: (own / "train/cats/._0.jpg").write_bytes(b"what macOS writes beside a file"),
    lambda own: [(own / "train/cats/.ipynb_checkpoints").mkdir(),
                 (own / "train/cats/.ipynb_checkpoints/0-checkpoint.jpg").write_bytes(jpeg())],
    lambda own: [(own / "train/cats/more").mkdir(), (own / "train/cats/more/0.jpg").write_bytes(jpeg())],
    lambda own: [(own / "train/birds").mkdir(), (own / "train/birds/0.jpg").write_bytes(jpeg())],
    lambda own: (own / "train/cats/desktop.ini").write_text("[.ShellClassInfo]"),
    lambda own: (own / "validation/dogs/Thumbs.db").write_bytes(bytes(100)),
])  # fmt: skip
def test_the_number_told_is_the_number_read(own, spoil, capsys):
    spoil(own)
    folder = cats_and_dogs()
    assert "2 cats and 2 dogs for training, 2 and 2 for validation" in capsys.readouterr().out.splitlines()[-1]
    for part in ("train", "validation"):
        batches = keras.utils.image_dataset_from_directory(folder / part, image_size=(8, 8), verbose=False)
        assert batches.class_names == ["cats", "dogs"]
        assert sum(len(labels) for _, labels in batches) == 4
    names = sorted(path.relative_to(folder) for path in folder.rglob("*.jpg"))
    assert len(names) == 8
    folder_checksum(folder)


def test_hidden_files_that_are_no_pictures_are_no_reason_for_a_copy(own):
    (own / "train/.DS_Store").write_bytes(b"x")
    (own / "train/cats/.DS_Store").write_bytes(b"x")
    assert cats_and_dogs() == own


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_class_behind_a_link_is_counted_read_and_summed(own, tmp_path):
    before = folder_checksum(own)
    (own / "train/cats").rename(tmp_path / "elsewhere")
    (own / "train/cats").symlink_to(tmp_path / "elsewhere")
    assert cats_and_dogs() == own
    assert folder_checksum(own) == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_a_name_that_is_no_text_is_told_and_summed(own, capsys):
    (own / "train/cats" / os.fsdecode(b"caf\xe9.JPG")).write_bytes(jpeg())
    folder = cats_and_dogs()
    assert r"train/cats/caf\udce9.JPG has a name that does not end in .jpg" in capsys.readouterr().out
    assert len(folder_checksum(folder)) == 64


def test_of_many_faults_of_a_kind_a_few_are_named(own, capsys):
    for number in range(20):
        (own / f"train/cats/{number}.png").write_bytes(jpeg(kind="PNG"))
    cats_and_dogs()
    said = capsys.readouterr().out.splitlines()
    assert sum("is a PNG file" in line for line in said) == 3
    assert said[3] == "and 17 more files like these"
    assert "22 cats" in said[-1]


def test_what_is_transparent_becomes_white(own):
    sticker = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    sticker.paste((200, 30, 30, 255), (5, 5, 15, 15))
    sticker.save(own / "train/cats/0.png")
    (path,) = (cats_and_dogs() / "train/cats").glob("0_*.jpg")
    pixels = np.asarray(Image.open(path))
    assert pixels[0, 0].min() > 240
    np.testing.assert_allclose(pixels[10, 10], (200, 30, 30), atol=15)


def test_a_telephone_s_new_format_is_named(own, capsys):
    (own / "train/cats/photo.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    cats_and_dogs()
    assert "photo.HEIC is a HEIC file, as telephones write them: save it as JPEG: left out" in capsys.readouterr().out


# Layouts in which such pictures are published


def published(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(jpeg())


@pytest.fixture
def as_many_as_the_course(monkeypatch):
    monkeypatch.setattr(drawn, "COUNTS", {"train": 1000, "validation": 500})


KAGGLE = [f"{kind}.{number}.jpg" for kind in ("cat", "dog") for number in range(9)]


@pytest.mark.parametrize("names", [
    KAGGLE,
    [f"train/{name}" for name in KAGGLE],
    [*(f"train/{name}" for name in KAGGLE), *(f"test1/{number}.jpg" for number in range(5))],
    [f"PetImages/{kind}/{number}.jpg" for kind in ("Cat", "Dog") for number in range(9)],
    [f"{kind}/{number}.jpg" for kind in ("cats", "dogs") for number in range(9)],
])  # fmt: skip
def test_layouts_of_kaggle_are_split_once_and_for_all(tmp_path, as_many_as_the_course, monkeypatch, capsys, names):
    published(tmp_path / "mine", names)
    monkeypatch.setenv("CATS_AND_DOGS_DIR", str(tmp_path / "mine"))
    folder = cats_and_dogs()
    said = capsys.readouterr().out
    assert "has no validation part. 9 of 9 cats and 9 of 9 dogs are used, a third of them for it" in said
    assert "6 cats and 6 dogs for training, 3 and 3 for validation" in said
    used = [path.name for path in folder.rglob("*.jpg")]
    assert len(used) == 18
    if "cat.0.jpg" in used:  # names that occur once
        assert sorted(used) == sorted(KAGGLE)
        assert {path.name[:3] for path in folder.glob("*/cats/*")} == {"cat"}
    assert cats_and_dogs() == folder
    assert len(files(tmp_path / "mine")) == len(names)


@pytest.mark.parametrize("names", [("Train", "Val", "Cat", "Dog"), ("training", "valid", "cats", "DOGS")])
def test_other_names_are_read_as_those_of_the_course(tmp_path, monkeypatch, capsys, names):
    train, validation, *kinds = names
    parts = ((train, 4), (validation, 2))
    published(tmp_path, [f"{part}/{kind}/{i}.jpg" for part, count in parts for kind in kinds for i in range(count)])
    monkeypatch.setenv("CATS_AND_DOGS_DIR", str(tmp_path))
    folder = cats_and_dogs()
    assert "4 cats and 4 dogs for training, 2 and 2 for validation" in capsys.readouterr().out
    assert sorted(path.name for path in (folder / "train").iterdir()) == ["cats", "dogs"]


def test_no_more_pictures_are_drawn_than_the_course_has(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(drawn, "COUNTS", {"train": 4, "validation": 2})
    published(tmp_path, KAGGLE)
    monkeypatch.setenv("CATS_AND_DOGS_DIR", str(tmp_path))
    cats_and_dogs()
    said = capsys.readouterr().out
    assert "6 of 9 cats and 6 of 9 dogs are used" in said
    assert "4 cats and 4 dogs for training, 2 and 2 for validation" in said


# A picture of one's own


def test_a_picture_of_one_s_own_comes_upright_in_all_the_ways_it_may_be_given(tmp_path):
    seen, content = picture(6)
    (tmp_path / "고양이.jpg").write_bytes(content)
    upload = {"name": "me.jpg", "type": "image/jpeg", "size": len(content), "content": memoryview(content)}
    for source in (
        tmp_path / "고양이.jpg", str(tmp_path / "고양이.jpg"), content, {"me.jpg": content}, (upload,), [upload],
        SimpleNamespace(value=(upload,)),
    ):  # fmt: skip
        found = own_picture(source)
        assert found.dtype == np.uint8
        assert found.flags.writeable
        assert found.shape == seen.shape
        assert np.abs(found - seen.astype(int)).mean() < 5
    assert own_picture(jpeg(mode="L")).shape == (16, 20, 3)
    assert own_picture(jpeg(mode="CMYK")).shape == (16, 20, 3)


@pytest.mark.parametrize(("source", "message"), [
    ("nowhere.jpg", r"There is no file nowhere\.jpg"),
    (b"no picture", "What was uploaded is no picture"),
    ({"a.heic": b"x"}, r"a\.heic is a HEIC file, as telephones write them: save it as JPEG"),
    ({}, "Expected one picture, got 0"),
    (SimpleNamespace(value=()), "Expected one picture, got 0"),
    ({"a": b"", "b": b""}, "Expected one picture, got 2"),
    (7, "Expected the path of a picture, or an upload; got int"),
    (jpeg()[:200], "cannot be read"),
])  # fmt: skip
def test_what_is_no_picture_of_one_s_own_is_said(source, message):
    with pytest.raises(DataError, match=message):
        own_picture(source)


# The download


def archive(counts=None, extra=()):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as content:
        for sub, count in (counts or sources.FOLDERS).items():
            for number in range(count):
                content.writestr(f"{TOP}/{sub}/{number}.jpg", jpeg())
        for name in (f"{TOP}/vectorize.py", *extra):
            content.writestr(name, "not wanted")
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch):
    """A server on this machine that gives what the test puts into ``answer``."""
    answer = {"content": b"", "sum": True, "cut": 0, "status": 200}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(answer["status"])
            self.send_header("Content-Length", str(len(answer["content"])))
            if answer["sum"]:
                digest = answer.get("md5") or hashlib.md5(answer["content"]).digest()
                self.send_header("x-goog-hash", "crc32c=AAAAAA==")
                self.send_header("x-goog-hash", f"md5={base64.b64encode(digest).decode()}")
            self.end_headers()
            self.wfile.write(answer["content"][: len(answer["content"]) - answer["cut"]])

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        monkeypatch.setattr(sources, "URL", f"http://127.0.0.1:{running.server_port}/photographs.zip")
        yield answer
        running.shutdown()


def test_the_download_is_unpacked_and_found_again(server, cache, capsys, monkeypatch):
    server["content"] = archive()
    folder = cats_and_dogs()
    said = capsys.readouterr().out
    assert "10 % 20 %" in said
    assert "100 %\n" in said
    assert "Photographs (downloaded): 2 cats and 2 dogs for training, 1 and 1 for validation" in said
    assert folder == cache / TOP
    assert len(files(folder)) == 6  # the pictures and nothing else
    assert [path.name for path in cache.iterdir()] == [TOP]  # no archive, no draft
    monkeypatch.setattr(sources, "URL", "http://127.0.0.1:9/gone.zip")
    assert cats_and_dogs() == folder


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"md5": b"0" * 16}, r"MD5 sum should be 3030\w+, but is \w{32}"),
        ({"content": b"no archive"}, r"damaged.*not a zip file"),
        ({"cut": 100}, r"should have [\d,]+ bytes, but [\d,]+ came|IncompleteRead"),
        ({"content": archive({"train/cats": 2}, extra=["../outside.jpg"])}, r"'../outside.jpg', which leads out"),
        ({"content": archive({"train/cats": 2}, extra=["/etc/outside.jpg"])}, r"leads out of its folder"),
        ({"content": archive({"train/cats": 2, "train/dogs": 1})}, r"train/dogs should hold 2 pictures, but holds 1"),
    ],
)
def test_a_damaged_download_leaves_nothing_behind(server, cache, tmp_path, change, wanted):
    server |= {"content": archive()} | change
    with pytest.raises(DataError, match=wanted) as error:
        cats_and_dogs()
    assert "Run this again to start afresh" in str(error.value)
    assert list(cache.iterdir()) == []
    assert not list(tmp_path.rglob("outside.jpg"))
    server |= {"content": archive(), "cut": 0, "md5": None}
    assert cats_and_dogs() == cache / TOP  # the next one starts afresh


def test_a_download_larger_than_anything_of_the_course_is_refused(server, cache, monkeypatch, tmp_path):
    server["content"] = archive()
    monkeypatch.setattr(download, "LARGEST", len(server["content"]) - 1)
    with pytest.raises(DataError, match="has more than"):
        cats_and_dogs()
    assert list(cache.iterdir()) == []
    packed = tmp_path / "small.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as content:
        content.writestr("large.jpg", bytes(1_000_000))
    assert packed.stat().st_size < download.LARGEST
    with pytest.raises(download.Damaged, match="would unpack to more than"):
        download.unpack(packed, tmp_path / "unpacked", ".*")
    assert not (tmp_path / "unpacked").exists()


def test_changed_bytes_in_the_archive_are_noticed_without_a_sum_from_the_server(server, cache):
    whole = archive()
    for place in range(60, 400, 7):  # in names, headers and compressed pictures
        content = bytearray(whole)
        content[place] ^= 0xFF
        server |= {"content": bytes(content), "sum": False}
        try:
            folder = cats_and_dogs()
        except DataError:
            assert list(cache.iterdir()) == []
        else:  # a byte that does not count, such as a date
            assert [(folder / path).read_bytes() for path in files(folder)] == [jpeg()] * 6
            shutil.rmtree(folder)
    assert place > 390


def test_an_interrupted_download_leaves_nothing_behind(server, cache, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    server["content"] = archive()
    monkeypatch.setattr(sources, "unpack", stop)
    with pytest.raises(KeyboardInterrupt):
        cats_and_dogs()
    assert list(cache.iterdir()) == []


def test_two_at_once_do_not_trip_over_each_other(server, cache):
    server["content"] = archive()
    found = []
    threads = [threading.Thread(target=lambda: found.append(cats_and_dogs())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [cache / TOP] * 4
    assert [path.name for path in cache.iterdir()] == [TOP]


@pytest.mark.parametrize("source", ["auto", "drawn"])
def test_a_folder_of_the_cache_with_pictures_missing_is_not_used(server, cache, source):
    server["content"] = archive()
    folder = cats_and_dogs(source)
    next((folder / "train/dogs").iterdir()).unlink()
    with pytest.raises(DataError, match=r"train.dogs should hold 2 pictures, but holds 1\. Delete the folder"):
        cats_and_dogs(source)
    shutil.rmtree(folder)
    assert cats_and_dogs(source) == folder


# Where nothing can be had


def test_a_server_that_talks_nonsense_is_no_server(monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as nonsense:
        monkeypatch.setattr(sources, "URL", f"http://127.0.0.1:{nonsense.getsockname()[1]}/x.zip")

        def talk():
            connection, _ = nonsense.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"hello\r\n")

        threading.Thread(target=talk, daemon=True).start()
        assert cats_and_dogs().name.startswith("drawn")
    assert "cannot be downloaded (hello" in capsys.readouterr().out


def test_a_silent_server_is_given_up(monkeypatch, capsys):
    monkeypatch.setattr(download, "SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(sources, "URL", f"http://127.0.0.1:{silent.getsockname()[1]}/x.zip")
        assert cats_and_dogs().name.startswith("drawn")
    assert "timed out" in capsys.readouterr().out


def test_an_interrupted_drawing_leaves_nothing_behind(cache, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sources, "_progress", lambda: stop)
        with pytest.raises(KeyboardInterrupt):
            cats_and_dogs("drawn")
    assert list(cache.iterdir()) == []
    assert len(files(cats_and_dogs("drawn"))) == 6


@pytest.mark.parametrize(("status", "reason"), [(None, "Connection refused"), (404, "HTTP Error 404")])
def test_without_the_photographs_pictures_are_drawn_and_called_drawn(server, capsys, monkeypatch, status, reason):
    if status is None:
        monkeypatch.setattr(sources, "URL", "http://127.0.0.1:9/nobody-listens.zip")
    server["status"] = status or 200
    folder = cats_and_dogs()
    said = capsys.readouterr().out
    assert "cannot be downloaded" in said
    assert reason in said
    assert (
        "Drawn pictures (a stand-in, not photographs): 2 cats and 2 dogs for training, 1 and 1 for validation" in said
    )
    assert folder.name.startswith("drawn")
    assert files(folder)[0] == "train/cats/cat.0.jpg"
    changed = (folder / "train/cats/cat.0.jpg").stat().st_mtime_ns
    assert cats_and_dogs("drawn") == folder  # drawn once
    assert (folder / "train/cats/cat.0.jpg").stat().st_mtime_ns == changed


def test_fast_mode_downloads_nothing(server, monkeypatch, capsys):
    server["content"] = archive()
    monkeypatch.setattr(sources, "FAST", True)
    assert cats_and_dogs().name.startswith("drawn")
    assert "Fast mode downloads nothing" in capsys.readouterr().out


def test_drawn_means_drawn_whatever_else_there_is(own):
    assert cats_and_dogs("drawn").name.startswith("drawn")


def test_another_source_is_refused():
    with pytest.raises(ValueError, match="'auto' or 'drawn', got 'web'"):
        cats_and_dogs("web")


def test_where_the_course_cannot_be_written_to_the_build_folder_is_used(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(sources, "CACHE", tmp_path / "file" / "cache")
    monkeypatch.setenv("BUILD_DIR", str(tmp_path / "build"))
    assert cats_and_dogs("drawn").parent == (tmp_path / "build/cache").resolve()
    monkeypatch.setenv("BUILD_DIR", str(tmp_path / "file"))
    with pytest.raises(PermissionError, match="BUILD_DIR=/some/folder"):
        cats_and_dogs("drawn")


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("sha256sum"), reason="needs the command sha256sum")
def test_the_checksum_of_a_folder_is_that_of_the_command(own):
    (own / "train/cats/notes.txt").write_text("does not count")
    command = "find . -name '*.jpg' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    expected = subprocess.run(command, shell=True, cwd=own, capture_output=True, text=True, check=True).stdout.split()[
        0
    ]
    assert folder_checksum(own) == expected
    (own / "train/cats/0.jpg").rename(own / "train/cats/9.jpg")
    assert folder_checksum(own) != expected
    with pytest.raises(DataError, match="should hold pictures"):
        folder_checksum(own / "nowhere")
