"""A figure with its caption, and the look that all figures share."""

import io
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

if TYPE_CHECKING:
    pass

# Okabe and Ito's colour-blind-safe palette ("Color Universal Design", 2008). Colour never stands
# alone: wherever it carries a meaning, shape, hatching or words carry it too.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9",
)  # fmt: skip
GREY, INK, CARD = "#6E6E6E", "#222222", "#FAFAF7"

# A light card behind every figure: black text on it reads on light and on dark pages alike.
STYLE = {
    "figure.facecolor": CARD,
    "axes.facecolor": CARD,
    "savefig.facecolor": CARD,
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # shipped with Matplotlib: the same on every machine
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "image.cmap": "gray_r",  # ink is dark, paper is light, as on paper
    "axes.prop_cycle": plt.cycler(
        color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY],
        linestyle=["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1))],
    ),
}
plt.rcParams.update(STYLE)


class Picture:
    """A figure with its caption, shown in Jupyter as an image with alt text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The finished figure. It is taken out of pyplot's list, so that it is shown only once.
    caption : str
        One sentence that says what the figure shows, with its number.
    """

    def __init__(self, figure: Figure, caption: str):
        self.figure = figure
        self.caption = caption
        plt.close(figure)

    def __repr__(self) -> str:
        return f"Picture: {self.caption}"

    def png(self) -> bytes:
        """Return the figure as a PNG of at most 256 colours, a third of the usual size.

        Returns
        -------
        bytes
            The file's content.
        """
        full, small = io.BytesIO(), io.BytesIO()
        self.figure.savefig(full, format="png")
        image = Image.open(full).convert("RGB")
        palette = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        palette.save(small, format="png", optimize=True)
        return small.getvalue()

    def _ipython_display_(self) -> None:
        # nbval skips the PNG and compares the text: the caption's numbers are checked on every run.
        bundle = {"image/png": self.png(), "text/plain": repr(self)}
        metadata = {"image/png": {"alt": self.caption}, "alt": self.caption}
        display(bundle, metadata=metadata, raw=True)
        display({"text/markdown": f"*{self.caption}*", "text/plain": self.caption}, raw=True)
