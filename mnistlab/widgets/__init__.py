"""What moves: widgets in the notebook. Only the drawing pad asks Python; the others need not.

Each widget is a class here, with a JavaScript and a CSS file of the same name beside it; what the
explorers share is in explorer.js and explorer.css, the card that all lie on in card.css. A stored
notebook cannot show a widget, so a still figure stands above it, and a sentence in its place. On
the site it moves: docs/_live.
"""

from .draw_pad import DrawPad
from .margin_explorer import MarginExplorer
from .passport import own_characters
from .threshold_explorer import ThresholdExplorer
