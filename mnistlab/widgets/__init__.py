"""What moves: widgets in the notebook. Only the drawing pad asks Python; the others need not.

Each widget is a class here, with a JavaScript and a CSS file of the same name beside it
(anywidget's way). A stored page cannot show a widget, so in a notebook a still figure stands above
it, and a sentence in its place tells how to bring it to life.
"""

from .draw_pad import DrawPad
from .margin_explorer import MarginExplorer
from .threshold_explorer import ThresholdExplorer

__all__ = ["DrawPad", "MarginExplorer", "ThresholdExplorer"]
