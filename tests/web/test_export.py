"""The page and the ONNX file of a trained network: what Python writes (the browser's part: below).

`tests/web/test_page.py` opens the page in a real browser.
"""

import base64
import gzip
import hashlib
import html
import json
import re
import zlib

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from mnistlab import CNN, MLP, load, load_mnist, load_reader, simulated_hand, web
from mnistlab.cnn import as_pictures
from mnistlab.command import cli

NAMES = ["index.html", "manifest.webmanifest", "service-worker.js"]


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample")


@pytest.fixture(scope="module")
def model(digits):
    return MLP((32, 16), epochs=3, random_state=0).fit(digits.X_train, digits.y_train)


def data_of(text):
    """Take the network out of a page: its description, and each layer's numbers."""
    packed = json.loads(re.search(r'<script id="model"[^>]*>(.*?)</script>', text, re.S)[1])
    numbers = zlib.decompress(base64.b64decode(packed["numbers"]))
    layers, start = [], 0
    for layer in packed["layers"]:
        n = layer["size"] ** 2 * layer["inputs"] * layer["outputs"]
        weights = np.frombuffer(numbers, np.int8, n, start)
        biases = np.frombuffer(numbers, "<f4", layer["outputs"], start + n)
        layers.append((weights, biases))
        start += n + biases.nbytes
    assert start == len(numbers)
    return packed, layers


def run_forward(packed, layers, X):
    """Compute what network.js computes, in float64: pictures are (n, side, side, channels)."""
    squash = {
        "none": lambda z: z,
        "relu": lambda z: np.maximum(z, 0),
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
    }
    values = (X * packed["pixel"]).reshape(-1, packed["side"], packed["side"], 1)
    for layer, (weights, biases) in zip(packed["layers"], layers, strict=True):
        if layer["kind"] == "pool":
            side = values.shape[1] // 2
            values = values[:, : 2 * side, : 2 * side]
            values = values.reshape(-1, side, 2, side, 2, values.shape[-1]).max(axis=(2, 4))
            continue
        if layer["kind"] == "dense":
            values = values.reshape(len(X), -1)
        else:
            size, stride = layer["size"], layer["stride"]
            windows = np.lib.stride_tricks.sliding_window_view(values, (size, size), axis=(1, 2))
            windows = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
            values = windows.reshape(*windows.shape[:3], -1)
        weights = weights.reshape(values.shape[-1], -1).astype(float) * layer["scale"]
        values = squash[layer["activation"]](values @ weights + biases)
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def rounded(model):
    """Return a copy of a network with the weights that the page has."""
    copy = type(model)(**model.get_params(deep=False))
    copy.__dict__.update(model.__dict__)
    copy.weights_ = []
    for weights in model.weights_:
        whole, step = web.quantise(weights)
        copy.weights_.append((whole * step).astype(weights.dtype))
    # The mean was folded into the biases before rounding.
    copy.biases_ = [b.astype(np.float32) for b in web.folded_biases(model)]
    copy.mean_ = np.zeros_like(model.mean_)
    return copy


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("hidden", [(), (20,), (24, 12, 8)])
def test_the_page_holds_the_network(digits, activation, hidden):
    model = MLP(hidden, activation=activation, epochs=1, random_state=0)
    model.fit(digits.X_train[:500], digits.y_train[:500])
    packed, layers = data_of(web.page(model))
    assert [layer["outputs"] for layer in packed["layers"]] == [*hidden, 10]
    assert [layer["activation"] for layer in packed["layers"]] == [activation] * len(hidden) + [
        "none"
    ]
    assert packed["classes"] == list("0123456789") and packed["several"]
    ours = run_forward(packed, layers, digits.X_test)
    assert np.abs(ours - rounded(model).predict_proba(digits.X_test)).max() < 1e-5
    # Rounding itself costs little.
    assert np.abs(ours - model.predict_proba(digits.X_test)).max() < 0.1


PLANS = [
    ((4, 5, 2), (6, 3), "pool", (8, 3), 12),
    ((4, 3), "pool", "pool", 9, 7),
    ("pool", (3, 4, 3)),
    (8,),
]


@pytest.mark.parametrize("plan", PLANS)
def test_the_page_holds_a_convolutional_network(digits, plan):
    model = CNN(plan, epochs=1, random_state=0).fit(digits.X_train[:600], digits.y_train[:600])
    packed, layers = data_of(web.page(model))
    ours = run_forward(packed, layers, digits.X_test)
    assert np.abs(ours - rounded(model).predict_proba(digits.X_test)).max() < 1e-5
    assert (ours.argmax(axis=1) == model.predict(digits.X_test)).mean() > 0.95


def test_what_is_no_digit_has_a_class_of_its_own(digits):
    X, y = np.vstack([digits.X_train, 255 - digits.X_train[:200]]), digits.y_train
    model = CNN((8,), epochs=1, random_state=0).fit(X, np.append(y, np.full(200, 10)))
    packed, _ = data_of(web.page(model))
    assert packed["classes"] == list("0123456789?") and packed["none"] == 10
    assert packed["several"] and "<title>Reads handwritten digits<" in web.page(model)
    assert data_of(web.page(MLP((4,), epochs=1).fit(X[:500], y[:500])))[0]["none"] == -1


def test_rounding_loses_hardly_an_answer(digits, model):
    packed, layers = data_of(web.page(model))
    ours = run_forward(packed, layers, digits.X_test).argmax(axis=1)
    assert (ours != model.predict(digits.X_test)).mean() <= 0.005


@pytest.mark.parametrize("bits", range(2, 9))
def test_quantise(bits):
    weights = np.random.default_rng(0).normal(size=(50, 7))
    whole, step = web.quantise(weights, bits)
    assert whole.dtype == np.int8 and whole.shape == weights.shape
    assert np.abs(whole).max() == 2 ** (bits - 1) - 1
    assert np.abs(whole * step - weights).max() <= step / 2 + 1e-12


def test_quantise_refuses_and_survives_zeros():
    for bits in (1, 9):
        with pytest.raises(ValueError, match="expected 2 to 8"):
            web.quantise(np.ones(3), bits)
    whole, step = web.quantise(np.zeros((2, 2)))
    assert not whole.any() and step > 0


# --- the page -------------------------------------------------------------------------------------


def test_the_folder(model, tmp_path):
    page = web.export_page(model, tmp_path / "a" / "site", title="My digits")
    assert page.name == "index.html" and page.is_file()
    assert sorted(path.name for path in page.parent.iterdir()) == sorted(NAMES)
    manifest = json.loads((page.parent / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert manifest["name"] == "My digits" and manifest["start_url"] == "./"
    assert manifest["icons"][0]["src"].startswith("data:image/svg+xml;base64,")
    worker = (page.parent / "service-worker.js").read_text(encoding="utf-8")
    assert "$version" not in worker
    for name in re.findall(r'"([\w.-]+\.\w+)"', worker):
        assert (page.parent / name).exists()


@pytest.mark.parametrize(
    ("settings", "short"),
    [
        ({}, "Digits"),
        ({"class_names": list("abcdefghij")}, "Handwriting"),
        ({"class_names": list("あいうえおかきくけこ")}, "ひらがな"),
        ({"title": "My digits"}, "My digits"),
        ({"title": "Numbers of our & other classes"}, "Numbers of"),
        ({"title": "A & B"}, "A & B"),
        ({"title": "Donaudampfschiffe"}, "Digits"),  # no word of it is short enough
    ],
)
def test_the_name_under_an_icon_is_short_and_whole(model, tmp_path, settings, short):
    page = web.export_page(model, tmp_path, **settings)
    manifest = json.loads((tmp_path / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert manifest["short_name"] == short and len(short) <= 12
    assert manifest["name"] == settings.get("title", manifest["name"])
    text = page.read_text(encoding="utf-8")
    for name in ("application-name", "apple-mobile-web-app-title"):  # for browsers without it
        assert f'<meta name="{name}" content="{html.escape(short)}">' in text


def test_a_changed_page_gets_a_new_copy(model, tmp_path):
    """The service worker's text must change, or browsers keep the old page for ever."""
    workers = set()
    for title in ("one", "two", "one"):
        page = web.export_page(model, tmp_path, title=title)
        workers.add((page.parent / "service-worker.js").read_bytes())
    assert len(workers) == 2


def test_policy_names_this_script_and_this_style_and_nothing_else(model):
    text = web.page(model)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    script = re.search(r"<script>(.*?)</script>", text, re.S)[1]
    style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    for rule, source in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert rules["img-src"] == "data:" and rules["manifest-src"] == rules["worker-src"] == "'self'"
    assert set(rules) == {
        *("default-src", "script-src", "style-src", "img-src", "manifest-src", "worker-src"),
        *("base-uri", "form-action"),
    }


def test_nothing_comes_from_elsewhere(model):
    text = web.page(model)
    text = re.sub(r"base64,[\w+/=]+", "", text)
    assert not re.search(r"https?:|//\w+\.\w+|\bsrc=|@import|url\(|eval\(|innerHTML", text)
    assert "onclick" not in text and not re.search(r"<[a-z]+[^>]* style=", text)


def test_the_same_model_gives_the_same_page(model):
    assert web.page(model) == web.page(model)


@pytest.mark.parametrize("evil", ["</script><script>alert(1)</script>", "$title", "<!--", '"&é"'])
def test_names_and_titles_are_only_text(model, evil):
    names = [evil, *"123456789"]
    text = web.page(model, names, title=evil)
    packed, _ = data_of(text)
    assert packed["classes"] == names and text.count("<script") == 2
    assert html.unescape(re.search("<title>(.*?)</title>", text)[1]) == evil


def test_kana(model):
    packed, _ = data_of(web.page(model, "おきすつなはまやれを"))
    assert packed["classes"] == list("おきすつなはまやれを") and not packed["several"]


@pytest.fixture(scope="module")
def kana_page():
    return web.page(load_reader("kana"))


def test_the_reader_of_hiragana_is_known_by_its_classes(kana_page):
    kana = load("kana")
    packed, layers = data_of(kana_page)
    assert packed["side"] == 40 and packed["classes"] == list(kana.class_names)
    assert packed["romaji"] == list(kana.romaji) and not packed["several"]
    assert packed["floor"] == web.export.FLOOR and "examples" not in packed
    ours = run_forward(packed, layers, kana.X_hands[::9])
    theirs = rounded(load_reader("kana")).predict_proba(kana.X_hands[::9])
    assert np.abs(ours - theirs).max() < 1e-4
    right = ours.argmax(axis=1) == kana.y_hands[::9]
    assert right.mean() > 0.98


def test_a_learners_network_of_hiragana(kana_page):
    """Its classes are numbers; its scores were not measured."""
    kana = load("kana")
    model = MLP((8,), epochs=1, random_state=0).fit(kana.X_train, kana.y_train)
    packed, layers = data_of(web.page(model, kana.class_names))
    assert packed["side"] == 40 and packed["romaji"][0] == "a" and "floor" not in packed
    ours = run_forward(packed, layers, kana.X_test[:50])
    assert np.abs(ours - rounded(model).predict_proba(kana.X_test[:50])).max() < 1e-5


def test_the_floor_is_what_it_is_said_to_be():
    """Of characters about one in a hundred scores less, of MNIST's digits most."""
    kana, model = load("kana"), load_reader("kana")
    digits = [simulated_hand.frame(image) for image in load_mnist("sample").images_test[:200]]
    shares = []
    for X in (np.vstack([kana.X_hands, kana.X_test]), np.reshape(digits, (200, -1))):
        x = as_pictures(model._scaled(X[::2]))
        for layer in model._network():
            x = layer.forward(x)
        shares.append((x.max(axis=0) < web.export.FLOOR).mean())
    assert shares[0] < 0.015 and shares[1] > 0.6


def test_the_page_of_hiragana_names_the_licence_and_is_small(kana_page):
    for words in ("KanjiVG", "Ulrich Apel", "CC BY-SA 3.0", "ひらがなを書いてみてください"):
        assert words in kana_page
    assert len(kana_page.encode()) <= 400_000
    assert "KanjiVG" not in web.page(load_reader())


WORDS = json.loads(web.export._source("words.json"))
JAPANESE = re.compile("[\u3001-\u30ff\u4e00-\u9fff]")


def asked_for():
    """Return what the page asks `words.json` for: the words, and the scripts' own, with values."""
    scripts = "".join(web.export._source(f"{name}.js") for name in web.export.SCRIPTS)
    own = re.findall(r"\b(?:own|inOwn)\((.*?)(?:, \{(.*?)\}\)|\))", scripts)
    named = {key: values for keys, values in own for key in re.findall(r'"(\w+)"', keys)}
    parts = re.findall(r"\$(\w+)", web.export._source("index.html"))
    return set(parts), {k: set(re.findall(r"(\w+)(?::|,|$)", v.strip())) for k, v in named.items()}


def test_no_word_is_missing_and_none_is_left_over():
    parts, own = asked_for()
    filled = {"title", "side", "style", "script", "icon", "policy", "model"}
    for kind in ("digits", "characters", "kana"):
        said = WORDS["base"].keys() | WORDS[kind].keys() | WORDS["40"].keys()
        assert said - {"own"} - filled == parts - filled, kind
    assert WORDS["kana"]["own"].keys() == own.keys()
    for key, text in WORDS["kana"]["own"].items():
        assert set(re.findall(r"\{(\w+)\}", text)) <= own[key], key


def test_every_word_of_the_page_of_hiragana_is_there_in_japanese():
    """And in English, but for what says it all: the English is what the other pages have."""
    kana = WORDS["base"] | WORDS["kana"] | WORDS["40"]
    english_alone = {"prepared"}  # a part of an English sentence; `stays` says it in Japanese
    for key, text in kana.items():
        if key in english_alone | {"title", "short", "own"}:
            continue
        japanese = "".join(re.findall(r'<(\w+) lang="ja">(.*?)</\1>', text)[0])
        assert JAPANESE.search(japanese), key
        rest = re.sub(r'<(\w+) lang="ja">.*?</\1>', "", text)
        assert not JAPANESE.search(rest), key
        if key in ("keyboard", "save", "kept", "script_off", "flow", "hint", "right", "none"):
            assert rest.strip() == WORDS["base"][key], key
    assert all(JAPANESE.search(text) for text in [kana["title"], *kana["own"].values()])


def test_class_names_must_fit(model):
    with pytest.raises(ValueError, match="class_names has 3 names, but the model has 10 classes"):
        web.page(model, ["a", "b", "c"])


def test_size(digits):
    """A byte per weight, and compressed: 400,000 weights stay well below 800 and 450 kB."""
    model = MLP((400, 200), epochs=1, random_state=0)
    model.fit(digits.X_train[:500], digits.y_train[:500])
    text = web.page(model).encode()
    assert len(text) < 800_000 and len(gzip.compress(text)) < 450_000


def test_size_of_the_shipped_reader():
    text = web.page(load_reader()).encode()
    assert len(text) <= 300_000 and len(gzip.compress(text)) <= 200_000


# --- models that cannot be used -------------------------------------------------------------------


def damaged(model, **changes):
    copy = MLP((32, 16))
    copy.__dict__.update(model.__dict__)
    copy.__dict__.update(changes)
    return copy


def with_nan(arrays):
    arrays = [array.copy() for array in arrays]
    arrays[1].flat[3] = np.nan
    return arrays


DAMAGES = {
    "nan": (lambda m: {"weights_": with_nan(m.weights_)}, "holds numbers that are not"),
    "inf": (
        lambda m: {"biases_": [b * np.inf for b in m.biases_]},
        "holds numbers that are not",
    ),
    "missing layer": (lambda m: {"weights_": m.weights_[:2]}, "the model cannot answer"),
    "no layer": (lambda m: {"weights_": [], "biases_": []}, "10 classes but 784 outputs"),
    "misfit": (lambda m: {"weights_": m.weights_[::-1]}, "the model cannot answer"),
    "classes": (lambda m: {"classes_": m.classes_[:9]}, "9 classes but 10 outputs"),
    "activation": (lambda m: {"activation": "swish"}, "cannot answer: KeyError: 'swish'"),
    "mean": (lambda m: {"mean_": m.mean_ * 255}, "expects other inputs"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_models(model, tmp_path, damage):
    change, words = DAMAGES[damage]
    bad = damaged(model, **change(model))
    with pytest.raises(ValueError, match=words):
        web.export_page(bad, tmp_path / "site")
    with pytest.raises(ValueError, match=words):
        web.export_onnx(bad, tmp_path / "x.onnx")
    assert not (tmp_path / "site").exists() and not (tmp_path / "x.onnx").exists()


def test_other_things_than_models(tmp_path):
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(ValueError, match="LogisticRegression; the page runs MLPs and CNNs"):
        web.page(LogisticRegression())
    for model in (MLP(), CNN()):
        with pytest.raises(NotFittedError):
            web.page(model)


def test_pixels_of_another_size():
    X = np.random.default_rng(0).random((40, 64), np.float32)
    model = MLP((4,), epochs=1).fit(X, np.arange(40) % 2)
    with pytest.raises(ValueError, match="expects other inputs than 28 x 28"):
        web.page(model)


def test_floats_from_0_to_1_are_welcome(digits):
    X = digits.X_train[:300].astype(np.float32) / 255
    model = MLP((8,), epochs=1, random_state=0).fit(X, digits.y_train[:300])
    packed, layers = data_of(web.page(model))
    ours = run_forward(packed, layers, digits.X_test)
    assert np.abs(ours - model.predict_proba(digits.X_test / np.float32(255))).max() < 0.05


def broken_files(model, path):
    model.save(path)
    good = path.read_bytes()
    middle = len(good) // 2
    yield "cut", good[:middle], "not a whole .npz file"
    yield "empty", b"", "not a whole .npz file"
    yield "web page", b"<html>404</html>", "not a whole .npz file"
    flipped = good[:middle] + bytes([good[middle] ^ 255]) + good[middle + 1 :]
    yield "flipped", flipped, "not a whole .npz file"
    np.savez(path, images=np.zeros(3))
    yield "another", path.read_bytes(), "not a network that MLP.save wrote"
    with np.load(path.with_name("good.npz")) as arrays:
        np.savez(path, **{key: value for key, value in arrays.items() if key != "biases_1"})
    yield "layer", path.read_bytes(), "biases_1"


def test_broken_files_are_named(model, tmp_path, capsys):
    model.save(tmp_path / "good.npz")
    path = tmp_path / "model.npz"
    for kind, content, words in broken_files(model, path):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words) as error:
            web.load_model(path)
        assert str(path) in str(error.value), kind
        assert cli.main(["web", str(path), "-o", str(tmp_path / "site")]) == 1
        said = capsys.readouterr().err
        assert said.startswith("mnistlab: ") and str(path) in said and said.count("\n") == 1, kind
    assert not (tmp_path / "site").exists()
    with pytest.raises(FileNotFoundError, match="no such file"):
        web.load_model(tmp_path / "nothing.npz")


# --- the command, the frame, ONNX -----------------------------------------------------------------


def test_command(model, tmp_path, capsys, monkeypatch):
    model.save(tmp_path / "model.npz")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["web", "model.npz"]) == 0
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == web.page(model)
    assert "http.server" in capsys.readouterr().out
    names = "お き す つ な は ま や れ を"
    assert cli.main(["web", "model.npz", "-o", "kana", "--names", names, "--title", "Kana"]) == 0
    packed, _ = data_of((tmp_path / "kana" / "index.html").read_text(encoding="utf-8"))
    assert packed["classes"] == names.split()
    assert cli.main(["web", "--reader", "kana", "-o", "all"]) == 0
    packed, _ = data_of((tmp_path / "all" / "index.html").read_text(encoding="utf-8"))
    assert len(packed["classes"]) == 73
    with pytest.raises(SystemExit):
        cli.main(["web"])


def test_preview_is_the_page_in_a_frame_that_may_only_run_and_save(model):
    value = web.preview(model, title="A & B").value
    assert 'sandbox="allow-scripts allow-downloads"' in value  # it can save, and ask nobody
    source = re.search(r'srcdoc="([^"]*)"', value)[1]
    assert html.unescape(source) == web.page(model, title="A & B")
