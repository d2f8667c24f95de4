"""From a photo, a scan or a drawing to MNIST's own format; from a row of digits to a number.

A model trained on MNIST has seen one kind of picture only: white ink on black, the digit 20 pixels
along its longer side, its centre of mass in the middle of 28 x 28 pixels, no paper, no shadow.
(LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
section III.A.) A picture from anywhere else has to be brought there first, step by step:

    1. `load`        open it as grey values; what is in MNIST's format already stays as it is
    2. `clean`       a sheet on a table is cut out
    3. `background`  ink or chalk? which level has the paper? divide by it; threshold
    4. `clean`       frames and ruled lines out, then edges and blots
    5. `segment`     pieces grouped into digits; the main row; what in it is fainter
    6. `normalise`   each digit cut out, its stroke as wide as MNIST's, set into 28 x 28
    7. `read`        a model answers; a wide piece that it is in doubt about is cut (`segment`)

`find` puts steps 1 to 6 together in this order. Every step is a function that can be looked at, and
left out, by itself.
"""

from .background import paper_level, threshold
from .clean import remove_frames, remove_lines, remove_surroundings
from .find import Digit, Step, drawing_digits, explain, find_digits, to_mnist
from .load import NotAPicture, NothingWritten, load
from .normalise import place
from .read import NO_DIGIT, SURE, Reading, class_names, read_number, read_pictures
from .segment import find_pieces, group_pieces
