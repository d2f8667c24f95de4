"""The drawing pad: a field to draw a digit in, and what a model makes of it."""

from collections.abc import Sequence
from pathlib import Path

import anywidget
import traitlets
from sklearn.base import ClassifierMixin

from ..datasets import load
from ..imaging import SURE, class_names
from ..reader import load_reader
from ..simulated_hand import frame
from .passport import PAD, PEN, draw, main_digit, own_characters, own_digits, stamp

HERE = Path(__file__).parent
HAND = HERE.parent / "web" / "page" / "pad.js"  # the reader's page is drawn on by the same hand


class DrawPad(anywidget.AnyWidget):
    """A field to draw a digit in; beside it what the model sees, and what it makes of it.

    The browser sends the strokes, while they are drawn and when the pen is lifted; Python draws the
    same strokes, brings them to MNIST's format, asks the model and sends the answer back.

    Parameters
    ----------
    model : classifier, optional
        Has ``predict_proba`` (else a TypeError) and ``classes_``, fitted on (n, 784) uint8, 0
        (paper) to 255 (ink). Without it, the reader that comes with the package.
    strokes : lists of (x, y) in the field's pixels (280 x 280): what is drawn; setting it draws
    passport : bool or sequence of hiragana, default False
        Show ten buttons that save the drawing in the learner's digit passport; or ask for these
        hiragana one after the other. Then no model answers: a test is not drawn until it is passed.

    Attributes
    ----------
    picture : the drawing, uint8 (280, 280): 0 is paper, 255 is ink
    digit, probabilities : uint8 (28, 28) and float (n_classes,), or None
        What the model sees, the largest digit drawn (of hiragana all ink, (40, 40)), and its
        answer. None while the field is empty.
    """

    _esm = HAND.read_text("utf-8") + (HERE / "draw_pad.js").read_text("utf-8")
    _css = "".join((HERE / f"{name}.css").read_text("utf-8") for name in ("card", "draw_pad"))
    strokes = traitlets.List().tag(sync=True)
    _asked = traitlets.Int().tag(sync=True)  # the browser counts its questions
    _answer = traitlets.Dict().tag(sync=True)
    _field = traitlets.Dict().tag(sync=True)
    _stamped = traitlets.List().tag(sync=True)

    def __init__(
        self,
        model: ClassifierMixin | None = None,
        strokes: Sequence[Sequence] = (),
        passport: bool | Sequence[str] = False,
    ) -> None:
        model = model or load_reader()
        if not hasattr(model, "predict_proba"):
            raise TypeError(
                f"{type(model).__name__} gives no probabilities (it has no predict_proba); pass a "
                "fitted MLP, a forest, or SVC(probability=True)"
            )
        self.model = model
        self._kana = [] if isinstance(passport, bool) else list(passport)
        kana = load("kana") if self._kana else None
        field = {
            "side": PAD,
            "pen": PEN,
            "sure": SURE,
            "names": [] if kana else class_names(model),
            "romaji": dict(zip(kana.class_names, kana.romaji, strict=True)) if kana else {},
            "stamps": self._kana or list(range(10)) if passport else [],
        }
        own = own_characters()[1].tolist() if kana else sorted(map(int, own_digits()))
        stamped = [name for name in own if name in field["stamps"]]
        super().__init__(_field=field, _stamped=stamped, strokes=list(strokes))
        self._look()
        self.on_msg(self._stamp)

    def __repr__(self) -> str:
        if self._kana:
            return "Run this cell to draw ten hiragana (ひらがな) of your own."
        if self._field["stamps"]:
            return "Run this cell to draw your ten digits; the figure below shows a ready set."
        return "Run this cell to draw yourself; the figure above shows one drawing."

    @traitlets.validate("strokes")
    def _drawable(self, proposal):
        try:
            draw(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    @traitlets.observe("strokes", "_asked")
    def _look(self, _change=None):
        """Draw, bring to MNIST's format, ask the model, send the answer."""
        self.picture = draw(self.strokes)
        self.digit, self.probabilities = main_digit(self.picture), None
        answer = {"asked": self._asked}
        if self.digit is not None and self._kana:
            self.digit = frame(self.picture)
        elif self.digit is not None:
            self.probabilities = self.model.predict_proba(self.digit.reshape(1, -1))[0]
            answer["probabilities"] = [round(float(share), 4) for share in self.probabilities]
        if self.digit is not None:
            answer["digit"] = self.digit.tobytes()
        self._answer = answer

    def _stamp(self, _widget, content, _buffers):
        if self.digit is not None:
            stamp(content["stamp"], self.picture)
            self._stamped = [*dict.fromkeys([*self._stamped, content["stamp"]])]
