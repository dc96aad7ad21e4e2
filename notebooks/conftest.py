"""Skips, when nbval compares the notebooks, those that need what is not on this machine; the reason is reported."""

import pytest

from tools.run import missing


def pytest_collection_modifyitems(items):
    """Mark every cell of such a notebook."""
    reasons = {path: missing(path) for path in {item.path for item in items}}
    for item in items:
        if reasons[item.path]:
            item.add_marker(pytest.mark.skip(reason=reasons[item.path]))
