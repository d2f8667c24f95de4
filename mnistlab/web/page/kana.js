// Characters of several strokes: set into the network's picture, and told apart in a row.

// --- One character -------------------------------------------------------------------------------

// For networks that read 40 x 40 pixels, as mnistlab/simulated_hand.py does it: 30 pixels along the longer
// side, the box in the middle. A test holds the two together, to the roundings in between.
const FRAME = 40;
const CHARACTER = 30;
const EDGE = 0.25; // of full ink: what counts when a character is cut out
const BITS = 22; // Pillow's weights are whole numbers of 1 / 2 ** BITS

function wholeFrame(picture) {
  const box = edges(picture);
  return box.bottom ? [{ box, pixels: frame(picture, box), row: 0 }] : [];
}

const fullest = (values) => values.reduce((most, value) => (value > most ? value : most), 0);

function edges({ ink, width, height }) {
  const full = fullest(ink);
  const box = { top: height, left: width, bottom: 0, right: 0 };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!(ink[i] > EDGE * full)) continue;
      box.top = Math.min(box.top, y);
      box.left = Math.min(box.left, x);
      box.bottom = y + 1;
      box.right = Math.max(box.right, x + 1);
    }
  }
  return box;
}

function frame({ ink, width }, box) {
  const field = new Uint8ClampedArray(FRAME * FRAME); // rounds, halves to even, as NumPy does
  const full = fullest(ink);
  const [across, down] = [box.right - box.left, box.bottom - box.top];
  const grey = new Uint8ClampedArray(across * down);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      grey[y * across + x] = 255 * (ink[(box.top + y) * width + box.left + x] / full);
    }
  }
  const scale = CHARACTER / Math.max(across, down);
  const [columns, rows] = [across, down].map((side) => Math.max(1, halfToEven(scale * side)));
  const smaller = scale < 1;
  const narrow = resized(grey, across, columns, down, 1, across, smaller);
  const small = resized(narrow, down, rows, columns, columns, 1, smaller);
  const most = Math.max(1, fullest(small));
  const [left, top] = [columns, rows].map((side) => Math.floor((FRAME - side) / 2));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) field[(top + y) * FRAME + left + x] = small[y * columns + x] * (255 / most);
  }
  return field;
}

const halfToEven = (value) => new Uint8ClampedArray([value])[0];

// Resize along one axis, as Pillow does: `lines` of `from` pixels become lines of `to`. From one
// pixel to the next of a line it is `step`, from line to line `pitch` (in the result, what is alike).
function resized(pixels, from, to, lines, step, pitch, smaller) {
  const result = new Uint8ClampedArray(lines * to);
  const [newStep, newPitch] = step === 1 ? [1, to] : [step, 1];
  for (let place = 0; place < to; place++) {
    const { first, parts } = falling(place, from, to, smaller);
    for (let line = 0; line < lines; line++) {
      let sum = 2 ** (BITS - 1);
      for (let k = 0; k < parts.length; k++) sum += parts[k] * pixels[line * pitch + (first + k) * step];
      result[line * newPitch + place * newStep] = Math.floor(sum / 2 ** BITS);
    }
  }
  return result;
}

// Which pixels make a new one, and how much of each: made smaller, the mean of those whose middle
// it covers; made larger, between the two nearest.
function falling(place, from, to, smaller) {
  const size = from / to;
  const unit = Math.max(1, size);
  const reach = smaller ? unit / 2 : unit;
  const middle = (place + 0.5) * size;
  const first = Math.max(0, Math.trunc(middle - reach + 0.5));
  const last = Math.min(from, Math.trunc(middle + reach + 0.5));
  const weights = [];
  for (let i = first; i < last; i++) {
    const away = (i + 0.5 - middle) / unit;
    weights.push(smaller ? Number(away > -0.5 && away <= 0.5) : Math.max(0, 1 - Math.abs(away)));
  }
  const total = weights.reduce((a, b) => a + b, 0);
  return { first, parts: weights.map((weight) => Math.trunc(0.5 + (weight / total) * 2 ** BITS)) };
}

// --- A row of them -------------------------------------------------------------------------------

// Most have strokes that do not touch, and so have neighbours: い is two, が has two marks of its
// own. What stands above or below each other belongs together; for the rest, of all ways to share
// the strokes out from left to right, the one is taken that the network finds most probable.
const ABOVE = 0.45; // of the narrower stroke: what must be above the other to belong to it
const WIDEST = 1.35; // of the row's height: a character
const SMALLEST = 0.45; // of it: what is smaller is a mark, or a part
const NEAR = 0.18; // of it: the gap between two characters, rather more; within one, rather less
const GAP = 6; // how much a wrong gap weighs, for each height of it
const WEAK = 7; // the score from which a shape is like what the network has learned

// `read` reads some strokes as one character: {box, answers, probabilities, ...}.
function charactersIn(strokes, read) {
  const columns = columnsOf(strokes);
  const whole = extent(strokes);
  const size = Math.max(whole.bottom - whole.top, ...columns.map(({ left, right }) => right - left));
  const gaps = columns.map((column, i) => (i ? column.left - columns[i - 1].right : 0) / size);
  const best = [{ log: 0, characters: [] }]; // best[j]: the best way to before column j
  for (let i = 0; i < columns.length; i++) {
    if (!best[i]) continue;
    for (let j = i + 1; j <= columns.length; j++) {
      const { left, right, top, bottom } = extent(columns.slice(i, j).flatMap((column) => column.strokes));
      if (j > i + 1 && right - left > WIDEST * size) break;
      const alone = i === 0 && j === columns.length;
      if (!alone && Math.max(right - left, bottom - top) < SMALLEST * size) continue;
      const character = read(columns.slice(i, j).flatMap((column) => column.strokes));
      const within = gaps.slice(i + 1, j).reduce((sum, gap) => sum + Math.max(0, gap - NEAR), 0);
      const before = i ? Math.max(0, NEAR - gaps[i]) : 0;
      const log = best[i].log + likeness(character) * Math.max(0.6, (right - left) / size) - GAP * (within + before);
      if (!(best[j]?.log >= log)) best[j] = { log, characters: [...best[i].characters, character] };
    }
  }
  return best[columns.length]?.characters ?? [read(strokes)];
}

// How probable the best class is, and whether the strokes are like any class at all.
function likeness({ answers, probabilities }) {
  const score = Math.max(...answers.at(-1).values);
  return Math.log(Math.max(...probabilities)) + Math.min(0, score - WEAK);
}

// Strokes that stand above each other, from left to right: {left, right, strokes}.
function columnsOf(strokes) {
  const columns = [];
  const spans = strokes.map((stroke) => ({ ...extent([stroke]), strokes: [stroke] }));
  for (const span of spans.sort((a, b) => a.left - b.left)) {
    const last = columns.at(-1);
    const over = last ? Math.min(last.right, span.right) - span.left : -1;
    if (last && over >= ABOVE * Math.min(last.right - last.left, span.right - span.left)) {
      last.right = Math.max(last.right, span.right);
      last.strokes.push(...span.strokes);
    } else columns.push({ left: span.left, right: span.right, strokes: span.strokes });
  }
  return columns;
}

// While a stroke grows, the other characters stay: it belongs to the nearest, or is a new one.
function withGrowing(before, strokes, read) {
  const growing = strokes.at(-1);
  const groups = before.map((character) => character.strokes.filter((stroke) => stroke !== growing && strokes.includes(stroke)));
  const { left, right } = extent([growing]);
  const size = Math.max(...groups.flat().map((stroke) => extent([stroke])).map((box) => box.bottom - box.top), right - left);
  const gap = (group) => Math.max(extent(group).left - right, left - extent(group).right);
  const near = groups.filter((group) => group.length && gap(group) < NEAR * size).sort((a, b) => gap(a) - gap(b))[0];
  if (near) near.push(growing);
  else groups.push([growing]);
  const place = (group) => extent(group).left;
  return groups.filter((group) => group.length).sort((a, b) => place(a) - place(b)).map(read);
}
