"""Sphinx's settings for the site; tools/build_site.py lays out the pages and calls it.

Nothing is executed and nothing is fetched: notebooks show their stored outputs, MathJax lies in
_static/mathjax (version 3.2.2, Apache licence beside it), the theme brings all it needs.
"""

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "mnistlab"
author = PROJECT["authors"][0]["name"]
copyright = (
    f"{author}; code BSD-3-Clause, text and pictures CC BY 4.0, "
    "what is made from KanjiVG and MNIST CC BY-SA 3.0"
)
release = PROJECT["version"]
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "course_pages",
]
exclude_patterns = ["downloads"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types such as ndarray are described on other sites

nb_execution_mode = "off"
nb_ipywidgets_js = {}  # no notebook stores a widget; what moves stands beside a figure
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

default_role = "code"  # docstrings write `name`
autodoc_member_order = "bysource"
# scikit-learn adds these to every estimator; their text links to its own manual.
REQUESTS = ("fit", "partial_fit", "predict", "score", "transform")
autodoc_default_options = {"exclude-members": ",".join(f"set_{name}_request" for name in REQUESTS)}
autodoc_typehints = "none"
add_module_names = False

mathjax_path = "mathjax/tex-svg.js"
# Its menu would offer add-ons that are not here.
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "furo"
html_title = "mnistlab"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_favicon = "../mnistlab/web/page/icon.svg"
html_copy_source = False
html_show_sourcelink = False
html_permalinks_icon = "#"
html_theme_options = {"light_css_variables": {"code-font-size": "0.8rem"}}  # lines of 92 characters
