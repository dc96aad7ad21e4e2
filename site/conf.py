"""Settings of Sphinx for the web site; `tools/site.py` lays the pages out, and starts it once for each language."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from helpers.language import spoken  # noqa: E402
from tools.bilingual import DOCUMENTS, words  # noqa: E402
from tools.notebooks import EDITION  # noqa: E402

project = words()["title"]
html_title = project
author = project_copyright = ""
language = spoken()
extensions = ["myst_nb", "tools.mathml", "tools.switch"]
exclude_patterns = []

nb_execution_mode = "off"  # the outputs are those that are stored
nb_code_prompt_show = words()["show"]
nb_code_prompt_hide = words()["hide"]
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_all_links_external = False
suppress_warnings = ["mystnb.unknown_mime_type", "mystnb.mime_priority", "myst.header", "misc.highlighting_failure"]

html_theme = "furo"
html_math_renderer = "mathml"  # formulas are made at build time: no script and no foreign host
html_static_path = [str(ROOT / "build" / "site-static")]
html_css_files = ["site.css"]
html_copy_source = False
html_use_index = False
html_show_search_summary = False  # a page that is opened from a folder may not fetch others
html_show_sphinx = False
html_show_copyright = False
html_permalinks = False
templates_path = [str(ROOT / "site" / "templates")]
LETTERS = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif, "Course Hangul"'
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#005a8f", "color-brand-content": "#005a8f", "font-stack": LETTERS},
    "dark_css_variables": {"color-brand-primary": "#6cb8f0", "color-brand-content": "#6cb8f0"},
}

if language == EDITION:  # the other edition lies in the folder above, with fonts and style
    html_static_path = []
    html_css_files = ["../../_static/site.css"]
    html_sidebars = {
        "**": [
            *(f"sidebar/{part}.html" for part in ("brand", "search", "scroll-start", "navigation")),
            *("english.html", "sidebar/scroll-end.html"),
        ]
    }
    html_context = {"english_pages": [name.removesuffix(".md") for name in DOCUMENTS]}
