"""A trained network as a web page that reads handwriting, and as an ONNX file."""

from .export import SOURCES, export_page, page, preview, quantise
from .layers import folded_biases, load_model
from .onnx import export_onnx
