"""Packs `tools.gpu` for a machine that has Python, NumPy and JAX or PyTorch, but neither Keras nor a network.

``python -m tools.gpu_pack 3.12`` is for Python 3.12 on x86-64 Linux, and writes build/gpu.tar.gz. There:
``tar xf gpu.tar.gz && cd gpu && KERAS_BACKEND=jax python3 -m tools.gpu``; then models/gpu.json belongs into the course.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from helpers.settings import ROOT, SHIPPED, build_path
from tools.gpu import EPOCHS, PACKAGES

# Keras and what it imports, and pillow for the helpers. (pip would bring NumPy, too.)
CARRIED = (
    "keras", "absl-py", "h5py", "ml-dtypes", "namex", "optree", "packaging", "rich", "markdown-it-py", "mdurl",
    "pygments", "typing-extensions", "pillow",
)  # fmt: skip


def pack(python: str) -> Path:
    """Write the archive.

    Args:
        python: version of Python on the other machine, for instance ``"3.12"``.

    Returns:
        Its path.

    Raises:
        subprocess.CalledProcessError: if pip finds no package for that version; pip has then said which.
    """
    archive = build_path("gpu.tar.gz")
    files = [ROOT / "requirements.txt", *sorted((ROOT / "tools").glob("*.py"))]
    files += [SHIPPED / f"{name}{ending}" for name, *_ in EPOCHS.values() for ending in (".keras", ".json")]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "gpu")
        shutil.copytree(ROOT / "helpers", target / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
        for file in files:
            copy = target / file.relative_to(ROOT)
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, copy)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", python, "--target", str(target / PACKAGES.name)]
        subprocess.run([*command, *CARRIED], check=True)
        with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
            tar.add(target, target.name)
    return archive


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(pack(sys.argv[1]))
