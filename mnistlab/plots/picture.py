"""A figure with its caption, the look that all figures share, and what several of them draw."""

import io

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

# After Okabe and Ito's colour-blind-safe palette ("Color Universal Design", 2008), darkened until
# each stands out from the card by 3:1. Colour never stands alone: wherever it carries a meaning,
# shape, hatching or words carry it too.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = (
    "#0068A6", "#B36A00", "#007A5A", "#B03A00", "#A8447E", "#2A80B0",
)  # fmt: skip
# The card behind every figure is light enough for dark text, and does not glare on a dark page.
GREY, INK, CARD, PAPER = "#595959", "#1C1C1C", "#DEDBD3", "#F1EFE9"


def shades(*colours: str) -> LinearSegmentedColormap:
    """Return a colour map that runs through these colours, from 0 to the largest value."""
    return LinearSegmentedColormap.from_list("shades", colours)


STYLE = {
    **dict.fromkeys(["figure.facecolor", "axes.facecolor", "savefig.facecolor"], CARD),
    **dict.fromkeys(["text.color", "axes.labelcolor", "xtick.color", "ytick.color"], INK),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # shipped with Matplotlib: the same on every machine
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "legend.frameon": False,
    "image.cmap": "ink",  # ink is dark, paper is light, as on paper
    "axes.prop_cycle": plt.cycler(
        color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY],
        linestyle=["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1))],
    ),
}
plt.colormaps.register(shades(PAPER, "black"), name="ink", force=True)
plt.colormaps.register(shades("black", PAPER), name="light", force=True)
plt.rcParams.update(STYLE)


class Picture:
    """A figure with its caption, shown in Jupyter as an image with alt text.

    The figure is finished. It is taken out of pyplot's list, so that it is shown only once.
    """

    def __init__(self, figure: Figure, caption: str):
        self.figure = figure
        self.caption = caption
        plt.close(figure)

    def __repr__(self) -> str:
        return f"Picture: {self.caption}"

    def png(self) -> bytes:
        """Return the figure as a PNG file of at most 256 colours, a third of the usual size."""
        full, small = io.BytesIO(), io.BytesIO()
        self.figure.savefig(full, format="png")
        image = Image.open(full).convert("RGB")
        # Maximum coverage keeps rare colours, such as both ends of a colour bar; median cut mixes
        # them with others.
        palette = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        entries, corner = palette.getpalette(), 3 * palette.getpixel((0, 0))
        entries[corner : corner + 3] = image.getpixel((0, 0))  # the card itself, to the last bit
        palette.putpalette(entries)
        palette.save(small, format="png", optimize=True)
        return small.getvalue()

    def _ipython_display_(self) -> None:
        # nbval skips the PNG and compares the text: the caption's numbers are checked on every run.
        bundle = {"image/png": self.png(), "text/plain": repr(self)}
        metadata = {"image/png": {"alt": self.caption}, "alt": self.caption}
        display(bundle, metadata=metadata, raw=True)
        display({"text/markdown": f"*{self.caption}*", "text/plain": self.caption}, raw=True)
