"""A trained network as a web page that reads handwriting, and as an ONNX file."""

# ruff: noqa: F401 (what this package offers is what it imports)

from .export import SOURCES, export_page, page, preview, quantise
from .layers import folded_biases, load_model
from .onnx import export_onnx
