"""Opens a network in the browser: draw, and see every layer's maps change; click, and see the arithmetic."""

from helpers.explore.export import written_down
from helpers.explore.page import network_file, show

__all__ = ["network_file", "show", "written_down"]
