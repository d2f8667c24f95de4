"""Pictures: what they say is what they show."""

import io

import matplotlib.pyplot as plt
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image

from mnistlab import plots


@pytest.fixture
def picture():
    figure, axes = plt.subplots(figsize=(3, 2))
    axes.plot([1, 2, 3], [2, 4, 8])
    return plots.Picture(figure, "The line ends at 8.")


def test_a_picture_is_taken_from_pyplot_so_it_shows_once(picture):
    assert not plt.fignum_exists(picture.figure.number)


def test_png_is_a_small_palette_image_on_the_card(picture):
    image = Image.open(io.BytesIO(picture.png()))
    assert image.size == (330, 220)
    assert image.mode == "P"
    corner = image.convert("RGB").getpixel((0, 0))
    assert "#{:02X}{:02X}{:02X}".format(*corner) == plots.CARD
    assert picture.png() == picture.png()


def test_jupyter_gets_alt_text_and_caption(picture):
    InteractiveShell.instance()
    with capture_output() as captured:
        picture._ipython_display_()
    image, caption = captured.outputs
    assert image.metadata["image/png"]["alt"] == picture.caption
    assert image.data["text/plain"] == "Picture: The line ends at 8."
    assert caption.data["text/markdown"] == "*The line ends at 8.*"
    InteractiveShell.clear_instance()


def _contrast(first, second):
    """WCAG 2 contrast ratio of two colours given as #RRGGBB."""

    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_is_readable_on_the_card():
    assert _contrast(plots.INK, plots.CARD) >= 7
    assert _contrast(plots.GREY, plots.CARD) >= 4.5


def test_every_colour_stands_out_from_the_card_which_does_not_glare():
    for colour in (plots.BLUE, plots.ORANGE, plots.GREEN, plots.RED, plots.PURPLE, plots.SKY):
        assert _contrast(colour, plots.CARD) >= 2.99
    assert _contrast(plots.CARD, "#000000") < 16  # white on black has 21
