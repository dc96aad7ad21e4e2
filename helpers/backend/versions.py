"""Compares the installed packages with those that the course is tested with."""

import contextlib
import importlib.metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from helpers.language import say


def outside(requirements: Path) -> str:
    """Name the installed packages whose version is not among those that the course is tested with.

    Args:
        requirements: a file of pip's requirements; where it is missing, nothing is known, and nothing said.

    Returns:
        One line, or an empty string if all is as it should be. What is not installed is not spoken of.
    """
    text = requirements.read_text(encoding="utf-8") if requirements.exists() else ""
    found = []
    for line in text.partition("# What the tests need")[0].splitlines():  # the rest no lesson runs on
        with contextlib.suppress(InvalidRequirement, importlib.metadata.PackageNotFoundError):
            wanted = Requirement(line)
            version = importlib.metadata.version(wanted.name)
            if not wanted.specifier.contains(version, prereleases=True):
                found.append(
                    say("{wanted.name} {version} (tested: {wanted.specifier})", wanted=wanted, version=version)
                )
    if not found:
        return ""
    return say(
        "Not tested with: {names}. If something fails: pip install -r {requirements.name}",
        names=", ".join(found),
        requirements=requirements,
    )
