"""Pictures of every kind are opened; what is no picture is refused in one sentence."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sheets import COLOUR, PLAIN, SEVEN, assert_seven, encode, page

from mnistlab import imaging
from mnistlab.imaging.load import NotAPicture, NothingWritten


@pytest.mark.parametrize(
    "picture",
    [
        PLAIN,
        255 - PLAIN,
        PLAIN / 255,
        (PLAIN / 255).astype(np.float32),
        PLAIN > 128,
        PLAIN.astype(np.uint16) * 257,
        PLAIN.astype(np.int64),
        PLAIN[:, :, None],
        COLOUR,
        np.dstack([COLOUR, np.full_like(PLAIN, 255)]),
        np.asfortranarray(COLOUR),
        Image.fromarray(PLAIN),
        Image.fromarray(COLOUR).quantize(16),
        Image.fromarray(COLOUR).convert("CMYK"),
        Image.fromarray(PLAIN).convert("1"),
        encode(PLAIN),
        encode(COLOUR, "JPEG"),
        encode(Image.fromarray(COLOUR).convert("CMYK"), "JPEG"),
        encode(COLOUR, "TIFF"),
        encode(COLOUR, "WEBP"),
        encode(PLAIN, "GIF"),
        encode(PLAIN, "BMP"),
        encode(PLAIN.astype(np.uint16) * 257),
        bytearray(encode(PLAIN)),
    ],
    ids=lambda picture: getattr(picture, "mode", type(picture).__name__),
)
def test_any_kind_of_picture(picture):
    assert_seven(picture)


@pytest.mark.parametrize("side", [20, 28, 32, 64, 100, 500])
def test_any_size(side):
    small = Image.fromarray(page(size=(200, 200), corner=(0, 0)))
    assert_seven(small.resize((side, side), Image.Resampling.BOX), least=0.7)


def test_path(tmp_path):
    (tmp_path / "seven.png").write_bytes(encode(PLAIN))
    assert_seven(tmp_path / "seven.png")
    assert_seven(str(tmp_path / "seven.png"))
    with pytest.raises(FileNotFoundError):
        imaging.to_mnist(tmp_path / "eight.png")


def test_picture_is_left_as_it_was():
    array, image = PLAIN.copy(), Image.fromarray(PLAIN)
    imaging.to_mnist(array)
    imaging.to_mnist(image)
    assert (
        (array == PLAIN).all() and image.size == (400, 300) and (np.asarray(image) == PLAIN).all()
    )


@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_picture(ink):
    alpha = np.rint((230 - PLAIN.astype(float)) * 255 / 190).clip(0, 255).astype(np.uint8)
    assert_seven(encode(np.dstack([np.full((300, 400, 3), ink, np.uint8), alpha])))


def test_turned_phone_photo():
    turned = Image.fromarray(PLAIN).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn a quarter to the right to see it upright"
    assert_seven(encode(turned, "JPEG", exif=exif))
    assert imaging.read_digits(encode(turned, "JPEG", exif=exif))[0].box[1] > 100


# ---------------------------------------------------------------- what must be refused


def test_truncated_and_damaged_files():
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF"):
        data = encode(COLOUR, kind)
        with pytest.raises(NotAPicture, match="312 bytes"):
            imaging.to_mnist(data[:312])


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"", "empty"),
        (b"<html>not found</html>", "22 bytes"),
        (np.zeros(5), r"\(5,\)"),
        (np.zeros((0, 4)), r"\(0, 4\)"),
        (np.zeros((9, 9, 7)), r"\(9, 9, 7\)"),
        (np.full((9, 9), np.nan), "NaN"),
        (np.full((9, 9), "x"), "expected numbers"),
        (np.zeros((2, 300)), "300 x 2"),
        (None, "expected"),
        (7, "expected"),
    ],
)
def test_not_a_picture(picture, words):
    with pytest.raises(NotAPicture, match=words):
        imaging.read_digits(picture)


def test_decompression_bomb():
    bomb = encode(Image.new("1", (30_000, 30_000)))
    with pytest.raises(NotAPicture, match="megapixels"):
        imaging.to_mnist(bomb)


def test_animation_is_read_by_its_first_frame():
    frames = [Image.fromarray(255 - PLAIN if k else PLAIN) for k in range(3)]
    assert_seven(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))


@given(st.binary(max_size=400))
def test_random_bytes_never_crash(data):
    with pytest.raises(NotAPicture):
        imaging.to_mnist(data)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.binary(min_size=1, max_size=40),
    st.integers(0, 3000),
    st.sampled_from(["PNG", "JPEG", "GIF"]),
)
def test_damaged_files_never_crash(damage, where, kind):
    data = bytearray(encode(SEVEN, kind))
    where %= len(data)
    data[where : where + len(damage)] = damage
    try:
        assert imaging.to_mnist(bytes(data)).shape == (28, 28)
    except (NotAPicture, NothingWritten) as error:
        assert str(error)
