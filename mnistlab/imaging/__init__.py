"""From a photo, a scan or a drawing to MNIST's own format; from a row of digits to a number.

A model trained on MNIST has seen one kind of picture only: white ink on black, the digit 20 pixels
along its longer side, its centre of mass in the middle of 28 x 28 pixels, no paper, no shadow.
(LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
section III.A.) A picture from anywhere else has to be brought there first, step by step:

    load -> ink or chalk? -> divide by the paper's level -> threshold -> lines, edges and specks out
         -> pieces grouped into digits -> each placed in its 28 x 28 field

Every step is a function of a few lines that can be looked at, and left out, by itself. They live in
`load` (opening files), `background` (light, threshold), `clean` (sheets, lines, edges), `segment`
(digits, rows, cuts) and `normalise` (into the field); `find` puts them together, and `read` asks a
model.
"""

from .background import is_chalk, paper_level, threshold
from .clean import remove_frames, remove_lines, remove_surroundings
from .find import Digit, Step
from .load import NotAPicture, NothingWritten, load
from .normalise import place
from .read import SURE, Reading, drawing_digits, explain, read_digits, read_number, to_mnist
from .segment import find_pieces, group_pieces

__all__ = [
    "SURE",
    "Digit",
    "NotAPicture",
    "NothingWritten",
    "Reading",
    "Step",
    "drawing_digits",
    "explain",
    "find_pieces",
    "group_pieces",
    "is_chalk",
    "load",
    "paper_level",
    "place",
    "read_digits",
    "read_number",
    "remove_frames",
    "remove_lines",
    "remove_surroundings",
    "threshold",
    "to_mnist",
]
