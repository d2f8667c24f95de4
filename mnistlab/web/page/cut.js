// Digits that touch are cut apart where the network is surest of all parts together: as in
// mnistlab/imaging/read.py and segment.py, whose comments give the reasons. Here a part as wide as two
// digits counts twice.

const WIDE_DIGIT = 1.5; // of its height: a digit wider than that is two or more that touch
const TYPICAL = 0.75; // of its height: the width of a digit
const WIDEST_PART = 1.2; // of its height: what a part of a wide group may be
const SLIVER = 0.2; // of its height: into pieces of this width touching digits are cut at first
const WHOLE = [0.85, 0.95]; // probability from which ink as wide as tall, or WIDE_DIGIT, is not cut
const CERTAIN = 0.92; // probability of every part of what is none of these as a whole, or it is not cut

// Leave a group whole where the network is sure of it. Else of three ways the most probable is taken:
// whole; cut into slivers, neighbours joined; and, what a photo cannot know, stroke by stroke.
// A heart looks like an 8 and a 7 that touch: what is none of these stays whole if a part is in doubt.
// `surest` says how probable the best digit is, `isNone` whether it is none; `strokes` has n and
// digit(i, j), of strokes i to j.
function cutByNetwork(writing, group, { surest, isNone }, strokes) {
  const height = heightOf(group);
  const shape = widthOf(group) / height;
  const whole = asDigit(writing, group);
  const [square, wide] = WHOLE;
  const width = Math.min(1, Math.max(0, (shape - 1) / (WIDE_DIGIT - 1)));
  if (surest(whole) > square + (wide - square) * width) return [whole];
  const weigh = (digit) => Math.max(1, widthOf(digit) / height / TYPICAL) * Math.log(surest(digit));
  const fits = (digit) => heightOf(digit) > height / 2 && widthOf(digit) < WIDEST_PART * height;
  const ways = [{ log: weigh(whole), digits: [whole] }];
  if (shape > 1) {
    const columns = [];
    for (let x = SLIVER * height; x < widthOf(group) - (SLIVER * height) / 2; x += SLIVER * height) columns.push(x);
    const slivers = cutInColumns(writing, group, columns, shape < WIDE_DIGIT ? 1 : Infinity);
    // What is cut out of a line may be anything: it is never sure.
    const digit = (i, j) => ({ ...asDigit(writing, slivers.slice(i, j).reduce(joined)), cut: true });
    ways.push(bestWay({ n: slivers.length, digit }, fits, weigh));
  }
  if (strokes.n) ways.push(bestWay(strokes, fits, weigh, sideBySide));
  const { digits } = ways.reduce((best, way) => (way?.log > best.log ? way : best));
  return isNone(whole) && digits.some((digit) => surest(digit) < CERTAIN) ? [whole] : digits;
}

// Of all ways from the first sliver or stroke to the last, each digit made of neighbours, the most
// probable: {log, digits}, or nothing if there is none.
function bestWay({ n, digit }, fits, weigh, follows = () => true) {
  const best = [{ log: 0, digits: [] }]; // best[j]: the best way to before sliver j
  for (let i = 0; i < n; i++) {
    if (!best[i]) continue;
    for (let j = i + 1; j <= n; j++) {
      const part = digit(i, j);
      const last = best[i].digits.at(-1);
      if (!fits(part) || (last && !follows(last, part))) continue;
      const log = best[i].log + weigh(part);
      if (!(best[j]?.log >= log)) best[j] = { log, digits: [...best[i].digits, part] };
    }
  }
  return best[n];
}

function sideBySide(a, b) {
  return a.box.right - b.box.left < 0.4 * Math.min(widthOf(a), widthOf(b));
}

// Cut a group near some columns, seen from its left edge, from top to bottom. A cut through more
// strokes than allowed is not made: through a 0 it goes twice. Every part gets a label of its own.
function cutInColumns(writing, group, columns, strokes) {
  const { ink, width, labels } = writing;
  const { top, left } = group.box;
  const mine = new Set(group.labels);
  const [rows, across] = [heightOf(group), widthOf(group)];
  const crossing = new Float32Array(rows * across);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < across; x++, i++) {
      const from = (top + y) * width + left + x;
      if (mine.has(labels[from])) crossing[i] = ink[from];
    }
  }
  const seams = columns.map((column) => seam(crossing, rows, across, Math.floor(column)))
    .filter((path) => strokesCrossed(crossing, across, path) <= strokes);
  const parts = [];
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < across; x++, i++) {
      const from = (top + y) * width + left + x;
      if (!mine.has(labels[from])) continue;
      const right = seams.findIndex((path) => x <= path[y]);
      const part = right < 0 ? seams.length : right;
      const box = { top: top + y, left: left + x, bottom: top + y + 1, right: left + x + 1 };
      const label = writing.last + 1 + part;
      const pixel = { box, labels: [], area: 1 };
      parts[part] = { ...(parts[part] ? joined(parts[part], pixel) : pixel), labels: [label] };
      labels[from] = label;
    }
  }
  writing.last += seams.length + 1;
  return parts.filter((part) => part);
}

// The way from top to bottom that crosses the least ink, near a column: its column in every row.
function seam(crossing, rows, across, column) {
  const reach = Math.max(1, Math.floor(0.25 * rows));
  const first = Math.max(column - reach, 0);
  const n = Math.min(column + reach + 1, across) - first;
  let costs = Array.from({ length: n }, (_, x) => 0.001 * Math.abs(first + x - column));
  const from = []; // per row: which column of the row above is the best way to each
  for (let y = 0; y < rows; y++) {
    const above = costs;
    from.push(new Int16Array(n));
    costs = above.map((_, x) => {
      const here = 0.02 + crossing[y * across + first + x];
      let least = Infinity;
      for (let k = Math.max(0, x - 1); k <= x + 1 && k < n; k++) {
        const cost = above[k] + here * (k === x ? 1 : Math.SQRT2);
        if (cost < least) [least, from[y][x]] = [cost, k];
      }
      return least;
    });
  }
  const path = new Int16Array(rows);
  let x = costs.indexOf(Math.min(...costs));
  for (let y = rows - 1; y >= 0; y--) {
    path[y] = first + x;
    x = from[y][x];
  }
  return path;
}

function strokesCrossed(crossing, across, path) {
  const inked = Array.from(path, (x, y) => crossing[y * across + x] > 0);
  return inked.filter((here, y) => here && !inked[y - 1]).length;
}
