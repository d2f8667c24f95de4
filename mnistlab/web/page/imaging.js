// From a drawing to what the network was trained on: the same steps, with the same numbers, as
// mnistlab/imaging, whose comments give the reasons. A test holds the two together.
//
// A picture is { ink, width, height }: ink has one number per pixel, row by row, 0 (blank) to 1.
// A box is { top, left, bottom, right }; bottom and right are the first row and column outside it.

const SIDE = 28; // of MNIST's field, in pixels; other networks: kana.js
const DIGIT = 20; // the longer side of a digit in it
const DRAWN = 0.2; // of full ink: what counts as drawn

const heightOf = ({ box }) => box.bottom - box.top;
const widthOf = ({ box }) => box.right - box.left;
const longerSide = (group) => Math.max(heightOf(group), widthOf(group));

// Find the digits in a drawing: row by row, in each from left to right. Where it holds one
// character only, all ink is its. `cutUp` makes one or more digits of a group.
function drawingDigits(picture, several, cutUp = (writing, group) => [asDigit(writing, group)]) {
  if (!several && network.side === FRAME) return wholeFrame(picture);
  const { labels, pieces } = findPieces(picture);
  if (pieces.length === 0) return [];
  const writing = { ...picture, labels, last: pieces.length };
  if (!several) return [{ ...asDigit(writing, pieces.reduce(joined)), row: 0 }];
  const rows = inRows(splitRows(pieces).flatMap(groupPieces));
  return rows.flatMap((groups, row) =>
    groups.flatMap((group) => cutUp(writing, group)).map((digit) => ({ ...digit, row })),
  );
}

function asDigit(writing, group) {
  return { box: group.box, pixels: place(cut(writing, group)) };
}

// Label connected ink (also across corners), row by row: 0 is paper, piece k is k.
function findPieces({ ink, width, height }) {
  const labels = new Int32Array(ink.length);
  for (let i = 0; i < ink.length; i++) if (ink[i] >= DRAWN) labels[i] = -1; // drawn, still without a label
  const pieces = [];
  const stack = new Int32Array(ink.length); // pixels whose neighbours are still to be looked at
  for (let start = 0; start < ink.length; start++) {
    if (labels[start] >= 0) continue;
    const k = pieces.length + 1;
    let [top, left, bottom, right] = [height, width, 0, 0];
    let [area, waiting] = [0, 0];
    labels[start] = k;
    stack[waiting++] = start;
    while (waiting) {
      const i = stack[--waiting];
      const x = i % width;
      const y = (i - x) / width;
      area += 1;
      if (y < top) top = y;
      if (y >= bottom) bottom = y + 1;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      const firstX = x > 0 ? x - 1 : 0;
      const lastX = x < width - 1 ? x + 1 : x;
      for (let v = y > 0 ? y - 1 : 0; v <= y + 1 && v < height; v++) {
        const lastPixel = v * width + lastX;
        for (let neighbour = v * width + firstX; neighbour <= lastPixel; neighbour++) {
          if (labels[neighbour] >= 0) continue;
          labels[neighbour] = k;
          stack[waiting++] = neighbour;
        }
      }
    }
    pieces.push({ box: { top, left, bottom, right }, labels: [k], area });
  }
  return { labels, pieces };
}

function joined(a, b) {
  const box = {
    top: Math.min(a.box.top, b.box.top),
    left: Math.min(a.box.left, b.box.left),
    bottom: Math.max(a.box.bottom, b.box.bottom),
    right: Math.max(a.box.right, b.box.right),
  };
  return { box, labels: [...a.labels, ...b.labels], area: a.area + b.area };
}

// Are two pieces of ink parts of one digit: the bar of a 5, a broken stroke?
function belongTogether(a, b) {
  const [tall, short] = heightOf(a) >= heightOf(b) ? [a, b] : [b, a];
  const gapDown = Math.max(a.box.top, b.box.top) - Math.min(a.box.bottom, b.box.bottom);
  const gapAcross = Math.max(a.box.left, b.box.left) - Math.min(a.box.right, b.box.right);
  const narrower = Math.min(widthOf(a), widthOf(b));
  if (heightOf(short) > 0.75 * heightOf(tall) && gapDown < 0) return -gapAcross > 0.6 * narrower;
  const size = longerSide(tall);
  if (-gapAcross > 0.4 * narrower) return gapDown < 0.3 * size;
  return Math.max(gapAcross, gapDown) < 0.1 * heightOf(tall);
}

// Join pieces that belong together, until none do; small ones that stay alone are dropped.
function groupPieces(pieces) {
  const groups = [...pieces].sort((a, b) => b.area - a.area);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < groups.length; i++) {
      for (let j = groups.length - 1; j > i; j--) {
        if (!belongTogether(groups[i], groups[j])) continue;
        groups[i] = joined(groups[i], groups.splice(j, 1)[0]);
        changed = true;
      }
    }
  }
  const size = Math.max(...groups.map(longerSide));
  return groups.filter((group) => longerSide(group) > 0.3 * size);
}

// Part the pieces where paper runs through the whole drawing, from left to right. What lies between
// must be as tall as digits, or it is the bar of a 5; and two must stand side by side, or it is an 8
// of two circles. Rows that slant are only seen by `inRows`.
function splitRows(pieces) {
  const rows = [];
  for (const piece of [...pieces].sort((a, b) => a.box.top - b.box.top)) {
    const row = rows.at(-1);
    if (row && piece.box.top < Math.max(...row.map(({ box }) => box.bottom))) row.push(piece);
    else rows.push([piece]);
  }
  const tallest = Math.max(...pieces.map(heightOf));
  const tall = rows.every((row) => Math.max(...row.map(heightOf)) > 0.6 * tallest);
  const beside = (a) => (b) => a.box.right <= b.box.left;
  return tall && rows.some((row) => row.some((a) => row.some(beside(a)))) ? rows : [pieces];
}

// Order groups as they are read: rows of what stands side by side, from the top; in each from left
// to right. A row may slant: its first and last need not be at one height.
function inRows(groups) {
  const middle = ({ box }) => (box.top + box.bottom) / 2;
  const near = (a) => (b) => Math.abs(middle(a) - middle(b)) < 0.6 * Math.max(heightOf(a), heightOf(b));
  let rows = [];
  for (const group of groups) {
    const mine = rows.filter((row) => row.some(near(group)));
    rows = [...rows.filter((row) => !mine.includes(row)), [...mine.flat(), group]];
  }
  const height = (row) => row.reduce((sum, group) => sum + middle(group), 0) / row.length;
  for (const row of rows) row.sort((a, b) => a.box.left - b.box.left);
  return rows.sort((a, b) => height(a) - height(b));
}

// The ink of one group, cropped to its box; that of its neighbours left out.
function cut({ ink, width, labels }, group) {
  const { top, left } = group.box;
  const mine = new Uint8Array(1 + Math.max(...group.labels));
  for (const label of group.labels) mine[label] = 1;
  const part = { width: widthOf(group), height: heightOf(group) };
  part.ink = new Float64Array(part.width * part.height);
  for (let y = 0; y < part.height; y++) {
    for (let x = 0; x < part.width; x++) {
      const from = (top + y) * width + left + x;
      if (mine[labels[from]]) part.ink[y * part.width + x] = ink[from];
    }
  }
  return part;
}

// Put one digit's ink into MNIST's field: 20 pixels long, its centre of mass in the middle. Every
// pixel of the field is the mean of the ink that falls on it; first along the rows, then down.
function place({ ink, width, height }) {
  const across = new Float64Array(width);
  const down = new Float64Array(height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      across[x] += ink[i];
      down[y] += ink[i];
    }
  }
  const scale = DIGIT / Math.max(width, height);
  const columns = overlap(across, scale);
  const rows = overlap(down, scale);
  const narrow = new Float64Array(height * SIDE);
  for (let y = 0; y < height; y++) {
    for (const { to, first, parts } of columns) {
      let sum = 0;
      for (let k = 0; k < parts.length; k++) sum += parts[k] * ink[y * width + first + k];
      narrow[y * SIDE + to] = sum;
    }
  }
  const field = new Uint8ClampedArray(SIDE * SIDE); // rounds, and stays within 0 and 255
  for (const { to, first, parts } of rows) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let k = 0; k < parts.length; k++) sum += parts[k] * narrow[(first + k) * SIDE + x];
      field[to * SIDE + x] = 255 * sum;
    }
  }
  return field;
}

// For each pixel of the field with ink on it: which source pixels, scaled, fall on it, and how
// much of each. `profile` is the ink along this axis.
function overlap(profile, scale) {
  const mass = profile.reduce((sum, value) => sum + value, 0);
  const moment = profile.reduce((sum, value, i) => sum + value * (i + 0.5), 0);
  let start = Math.ceil(SIDE / 2 - (scale * moment) / mass - 1e-3);
  start = Math.min(Math.max(start, 0), Math.floor(SIDE - scale * profile.length));
  const edge = (i) => start + scale * i;
  const found = [];
  for (let to = start; to < SIDE && to < edge(profile.length); to++) {
    const first = Math.max(0, Math.floor((to - start) / scale - 1e-9));
    const parts = [];
    for (let i = first; i < profile.length && edge(i) < to + 1; i++) {
      parts.push(Math.max(0, Math.min(to + 1, edge(i + 1)) - Math.max(to, edge(i))));
    }
    found.push({ to, first, parts });
  }
  return found;
}
