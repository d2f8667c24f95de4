"""Pictures of every kind are opened; what is no picture is refused in one sentence."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage
from sheets import COLOUR, PLAIN, SEVEN, assert_seven, encode, page, read_digits

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


def test_palette_of_transparent_colours():
    drawn = np.zeros((300, 400, 4), np.uint8)  # black on nothing, which is black too
    drawn[50:250, 100:300, 3] = np.asarray(Image.fromarray(SEVEN).resize((200, 200)))
    assert_seven(Image.fromarray(drawn).quantize(16))


def test_turned_phone_photo():
    turned = Image.fromarray(PLAIN).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn a quarter to the right to see it upright"
    assert_seven(encode(turned, "JPEG", exif=exif))
    assert read_digits(encode(turned, "JPEG", exif=exif))[0].box[1] > 100


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
        (np.full((9, 9), "x"), "array of numbers"),
        (np.zeros((2, 300)), "300 x 2"),
        (None, "expected"),
        (7, "expected"),
    ],
)
def test_not_a_picture(picture, words):
    with pytest.raises(NotAPicture, match=words):
        read_digits(picture)


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


# ---------------------------------------------------------------- scales, opacity, other formats


@pytest.mark.parametrize("bits", [4, 8, 10, 12, 14, 16])
@pytest.mark.parametrize("exposure", [1, 0.8, 0.6])
def test_integers_of_any_sensor(bits, exposure):
    raw = np.rint(PLAIN / 255.0 * exposure * (2**bits - 1)).astype(np.uint16)
    grey, _ = imaging.load(raw)
    assert grey.max() - grey.min() > 0.4 and np.abs(grey[0, 0] - 230 / 255 * exposure) < 0.35
    assert_seven(raw)


@pytest.mark.parametrize("full", [1, 255])
@pytest.mark.parametrize("factor", [3, 4, 7.5])
def test_floats_that_overshoot_after_resizing(full, factor):
    large = ndimage.zoom(full * (SEVEN / 255.0), factor)
    assert large.max() > full and large.min() < 0
    for array in (large, full - large, large.astype(np.float32)):
        assert imaging.load(array)[0].max() == 1
        assert_seven(array)


@pytest.mark.parametrize(
    ("mean", "deviation"), [(0.1307, 0.3081), (0.5, 0.5), (0.5, 1), (0.48, 0.23), (0, 0.25)]
)
def test_standardised_floats(mean, deviation):
    assert (imaging.to_mnist((SEVEN / 255 - mean) / deviation) == SEVEN).all()
    assert_seven((PLAIN / 255 - mean) / deviation)


def test_mask_of_zeros_and_ones():
    for kind in (bool, np.uint8, np.int64, float):
        assert imaging.load((PLAIN < 128).astype(kind))[0].max() == 1


@pytest.mark.parametrize("opacity", [20, 60, 126, 127, 128, 200, 255])
@pytest.mark.parametrize("ink", [0, 255])
def test_ink_of_any_opacity(opacity, ink):
    drawn = np.zeros((300, 400, 4), np.uint8)
    drawn[..., :3] = ink
    drawn[50:250, 100:300, 3] = np.asarray(Image.fromarray(SEVEN).resize((200, 200))) > 128
    drawn[..., 3] *= opacity
    assert_seven(drawn)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(300), "HEIC"),
        (b"\0\0\0\x18ftypheix\0\0\0\0" + bytes(300), "HEIC"),
        (b"%PDF-1.7\n" + bytes(300), "PDF"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG"),
    ],
)
def test_format_that_is_not_read_is_named(data, name):
    with pytest.raises(NotAPicture, match=name):
        imaging.to_mnist(data)


def test_open_file():
    assert_seven(io.BytesIO(encode(PLAIN)))


@pytest.mark.parametrize(
    ("picture", "word"), [({"a": 1}, "dict"), (None, "NoneType"), (object(), "object")]
)
def test_what_is_no_picture_at_all_is_named(picture, word):
    with pytest.raises(NotAPicture, match=f"{word}; expected a path"):
        imaging.to_mnist(picture)


@pytest.mark.parametrize("length", [30, 3_000, 30_000])
def test_data_url_has_a_short_error(length):
    with pytest.raises(NotAPicture, match="data URL") as error:
        imaging.to_mnist("data:image/png;base64," + "A" * length)
    assert len(str(error.value)) < 200


def test_picture_so_long_that_nothing_is_left_of_its_width():
    with pytest.raises(NotAPicture, match="only 28 x 33792 pixels"):
        imaging.to_mnist(Image.new("RGB", (28, 33792)))
