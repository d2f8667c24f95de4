"""A trained network as a web page, or for other programs."""

from .export import export_onnx, export_page, load_model

__all__ = ["export_onnx", "export_page", "load_model"]
