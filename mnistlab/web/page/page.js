// The page: strokes in, answers out.

const PEN = 18; // width of a line, in the pixels of the pad, which is 280 high or more
const FINE_PEN = 11; // for characters of many strokes, which a wide pen would fill
const THIN = 0.12; // of the longest stroke: lines are read no thicker than that, so that small digits are no blots
const COARSE = 2; // pixels of the pad to a pixel of what is read: still many more than 20 a digit
const MOST_STROKES = 7; // of a group that is also taken apart stroke by stroke
const element = (id) => document.getElementById(id);
const pad = element("pad");
const ink = document.createElement("canvas"); // what is read: the strokes alone
const inkContext = ink.getContext("2d", { willReadFrequently: true });
const hand = new Hand(pad, { at, limits: () => region, changed });

let network = null;
let view = { scale: 1, x: 0, y: 0 }; // from the drawing to the pad
let region = { left: 0, top: 0, right: 0, bottom: 0 }; // the part of the drawing that is in view
let fitted = { width: 0, height: 0 }; // the size of the pad that `region` is for
let inkPen = PEN; // width of a line as it is read
let grown = { points: null, n: 0 }; // how much of the growing stroke is drawn already
let digits = []; // what was read: {pixels, box, row, answers, probabilities}
let chosen = 0; // the digit whose bars are shown
let cuts = new Map(); // how groups of digits that touch were cut; what groups of strokes are
let wasDrawing = false; // when it was read last
let spoken = ""; // what a screen reader was told last
let colours = {}; // as the style sheet has them, light or dark
let shades = {}; // 256 steps each, from the card's colour to that of ink, plain ink, for, against

const several = () => element("several").checked;
const penWidth = () => (network?.romaji ? FINE_PEN : PEN);

// --- Drawing -------------------------------------------------------------------------------------

// How thick lines are in `ink`, in steps, so that it need not be drawn anew with every move.
function readingPen() {
  const characters = several() ? hand.strokes.map((stroke) => [stroke]) : [hand.strokes];
  const sizes = characters.map(extent).map(({ left, top, right, bottom }) => Math.max(right - left, bottom - top));
  return Math.max(3, Math.min(penWidth(), Math.round(THIN * Math.max(...sizes))));
}

// The box around the points of strokes.
function extent(strokes) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const stroke of strokes) {
    for (const point of stroke) {
      const x = point[0], y = point[1];
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      if (y < box.top) box.top = y;
      if (y > box.bottom) box.bottom = y;
    }
  }
  return box;
}

// Draw everything anew. While a line is being drawn, `extend` is enough.
function redraw() {
  const context = pad.getContext("2d");
  const { left, top, right, bottom } = region;
  context.clearRect(left, top, right - left, bottom - top);
  inkContext.clearRect(left, top, right - left, bottom - top);
  for (const stroke of hand.strokes) drawLine(context, stroke);
  grown = { points: hand.drawing?.points, n: hand.drawing?.points.length };
  if (digits.length > 1) for (const digit of digits) drawBox(context, digit);
  if (!hand.pen) return;
  const { x, y, down } = hand.pen;
  context.lineWidth = 2;
  context.strokeStyle = colours.bar;
  context.beginPath();
  context.arc(x, y, down ? penWidth() / 2 : penWidth(), 0, 2 * Math.PI);
  context.stroke();
}

function drawLine(context, stroke) {
  context.strokeStyle = colours.ink;
  trace(context, stroke, penWidth());
  trace(inkContext, stroke, inkPen);
}

// A frame around each digit of a number; one that is in doubt is tinted.
function drawBox(context, digit) {
  const { box } = digit;
  const frame = [box.left - 5, box.top - 5, box.right - box.left + 10, box.bottom - box.top + 10];
  const doubtful = !digit.verdict.sure;
  context.lineWidth = 2;
  context.strokeStyle = context.fillStyle = doubtful ? colours.unsure : colours.line;
  context.beginPath();
  context.roundRect(...frame, 8);
  context.stroke();
  context.globalAlpha = doubtful ? 0.14 : 0;
  context.fill();
  context.globalAlpha = 1;
}

// Draw the newest points of the stroke that is being drawn.
function extend() {
  const { points } = hand.drawing;
  drawLine(pad.getContext("2d"), points.slice(Math.max(0, grown.n - 1)));
  grown.n = points.length;
}

function findColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "soft", "line", "card", "bar", "unsure"];
  colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  const paper = parts(colours.card);
  const ramp = (end, bend) => Array.from({ length: 256 }, (_, i) => mixed(paper, end, (i / 255) ** bend));
  const [ink, plain, forIt, against] = ["ink", "line", "bar", "unsure"].map((name) => parts(colours[name]));
  shades = { ink: ramp(ink, 1), plain: ramp(plain, 1), for: ramp(forIt, 0.5), against: ramp(against, 0.5) };
}

// Colours as ImageData's words: one for red, green, blue and opacity.
const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)); // "#rrggbb"
const word = ([red, green, blue]) => (255 << 24) | (blue << 16) | (green << 8) | red;
const mixed = (from, to, share) => word(from.map((part, k) => part + share * (to[k] - part)));
// For an answer from -1 (against) to 1 (for).
const shade = (value) => (value < 0 ? shades.against : shades.for)[Math.round(255 * Math.min(1, Math.abs(value)))];

// When the pad gets another size (a phone is turned), what was drawn stays as it is, and all of it
// stays in view: where it does not fit any more, it is shown smaller.
function fit() {
  const { clientWidth: width, clientHeight: height } = pad;
  if (!width || !height) return; // not on the screen
  fitted = { width, height };
  const drawn = extent(hand.strokes);
  const left = Math.max(drawn.left - PEN, region.left), right = Math.min(drawn.right + PEN, region.right);
  const top = Math.max(drawn.top - PEN, region.top), bottom = Math.min(drawn.bottom + PEN, region.bottom);
  view = { scale: 1, x: 0, y: 0 };
  if (left < 0 || top < 0 || right > width || bottom > height) {
    view.scale = Math.min(1, width / (right - left), height / (bottom - top));
    view.x = (width - view.scale * (left + right)) / 2;
    view.y = (height - view.scale * (top + bottom)) / 2;
  }
  const { scale, x, y } = view;
  const down = (value) => COARSE * Math.floor(value / COARSE); // so that `ink` stays the same pixel by pixel
  region = { left: down(-x / scale), top: down(-y / scale), right: (width - x) / scale, bottom: (height - y) / scale };
  const sharpness = window.devicePixelRatio || 1;
  pad.width = Math.round(width * sharpness);
  pad.height = Math.round(height * sharpness);
  ink.width = Math.ceil((region.right - region.left) / COARSE);
  ink.height = Math.ceil((region.bottom - region.top) / COARSE);
  // For both, one unit is one of the drawing's.
  pad.getContext("2d").setTransform(scale * sharpness, 0, 0, scale * sharpness, x * sharpness, y * sharpness);
  inkContext.setTransform(1 / COARSE, 0, 0, 1 / COARSE, -region.left / COARSE, -region.top / COARSE);
  grown = { points: null, n: 0 }; // both were emptied
  update();
}

function at(event) {
  const frame = pad.getBoundingClientRect();
  const x = event.clientX - frame.left - pad.clientLeft;
  const y = event.clientY - frame.top - pad.clientTop;
  return [(x - view.x) / view.scale, (y - view.y) / view.scale];
}

function changed(kind, words = "") {
  if (kind === "grow") return later();
  if (kind === "move") return redraw();
  if (hand.strokes.length === 0 && view.scale < 1) fit();
  update();
  if (kind !== "begin") speak(words);
}

// Many moves may come between two pictures on the screen: one answer per picture is enough.
let waiting = false;
function later() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    update();
  });
}

element("undo").addEventListener("click", () => hand.undo());
element("clear").addEventListener("click", () => hand.clear());
for (const id of ["one", "several"]) element(id).addEventListener("change", () => changed("end"));

// --- Reading -------------------------------------------------------------------------------------

// Everything the page shows follows from the strokes. As long as a line grows, only its end is
// drawn; when it ends all is drawn once more, so that no answer depends on how it was cut up.
function update() {
  const width = readingPen();
  const same = width === inkPen;
  inkPen = width;
  const grows = hand.drawing && hand.drawing.points === grown.points;
  if (grows && same) extend();
  else redraw();
  if (!network) return;
  const before = digits;
  digits = readStrokes();
  choose(before);
  if (!hand.drawing && (digits.length > 1 || before.length > 1)) redraw(); // the boxes have moved
  show();
}

// The bars follow the digit that is being drawn; when the pen rests, the first that is in doubt.
function choose(before) {
  const point = (hand.drawing?.points ?? hand.strokes.at(-1) ?? []).at(-1);
  const touched = Math.max(0, digits.findIndex(({ box }) => point && inside(point, box)));
  const doubtful = digits.findIndex((digit) => !digit.verdict.sure);
  const same = digits.length === before.length && digits.every((digit, i) => digit.pixels === before[i].pixels);
  if (hand.drawing || hand.pen?.down) chosen = touched;
  else if (!same || wasDrawing) chosen = doubtful < 0 ? touched : doubtful;
  wasDrawing = Boolean(hand.drawing || hand.pen?.down);
}

function inside([x, y], { top, left, bottom, right }) {
  return x >= left - PEN && x <= right + PEN && y >= top - PEN && y <= bottom + PEN;
}

function readStrokes() {
  if (hand.strokes.length === 0) {
    cuts.clear();
    return [];
  }
  if (several() && !network.several) return readRow();
  const picture = inkOf(inkedPart(hand.strokes));
  const found = drawingDigits(picture, several(), cutUp);
  return found.map(({ box, pixels, row, read, cut }) => {
    const known = digits.find((digit) => digit.pixels.every((value, i) => value === pixels[i]));
    const answer = known ?? read ?? answered(pixels);
    if (cut) answer.verdict.sure = false;
    return { ...answer, box: inDrawing(moved(box, picture, 1)), row };
  });
}

function answered(pixels) {
  const answers = answersOf(pixels);
  const probabilities = softmax(answers.at(-1).values);
  return { pixels, answers, probabilities, verdict: verdict(probabilities, answers) };
}

// Characters in a row, told apart by their strokes: `ink` is used to draw some without the others.
function readRow() {
  const { strokes, drawing } = hand;
  return drawing ? withGrowing(digits, strokes, readTogether) : charactersIn(strokes, readTogether);
}

// Some strokes as one character; each such group is read once, but for that which grows.
function readTogether(strokes) {
  const place = JSON.stringify([inkPen, region.left, region.top, strokes]);
  if (cuts.has(place)) return cuts.get(place);
  inkContext.clearRect(region.left, region.top, region.right - region.left, region.bottom - region.top);
  for (const stroke of strokes) trace(inkContext, stroke, inkPen);
  const picture = inkOf(inkedPart(strokes));
  const [{ pixels, box }] = drawingDigits(picture, false);
  const character = { ...answered(pixels), strokes, box: inDrawing(moved(box, picture, 1)), row: 0 };
  if (!strokes.includes(hand.drawing?.points)) cuts.set(place, character);
  return character;
}

// What is drawn in a part of `ink`: a picture as `imaging.js` has them, and where it was.
function inkOf({ left, top, width, height }) {
  const { data } = inkContext.getImageData(left, top, width, height);
  const words = new Uint32Array(data.buffer); // one for red, green, blue and opacity
  const drawn = new Float32Array(width * height);
  for (let i = 0; i < drawn.length; i++) drawn[i] = (words[i] >>> 24) / 255; // how opaque it is
  return { ink: drawn, width, height, left, top };
}

// Cut digits that touch: not while one grows, and each group once.
function cutUp(writing, group) {
  const { top, left, bottom, right } = group.box;
  const place = [top + writing.top, left + writing.left, bottom - top, right - left, group.area, inkPen].join();
  if (!cuts.has(place)) {
    if (hand.drawing || hand.pen?.down) return [asDigit(writing, group)];
    const read = (digit) => (digit.read ??= answered(digit.pixels));
    const surest = (digit) => Math.max(...digitsOnly(read(digit).probabilities));
    const isNone = (digit) => network.none >= 0 && read(digit).verdict.none;
    const parts = cutByNetwork(writing, group, { surest, isNone }, strokesIn(writing, group));
    redraw(); // `ink` was used to try the strokes
    cuts.set(place, parts.map((digit) => ({ ...digit, box: moved(digit.box, writing, 1) })));
  }
  return cuts.get(place).map((digit) => ({ ...digit, box: moved(digit.box, writing, -1) }));
}

// The strokes of a group, from left to right, and what some of them look like without the others.
function strokesIn(writing, group) {
  const box = inDrawing(moved(group.box, writing, 1));
  const mine = hand.strokes.filter((stroke) => stroke.filter((point) => inside(point, box)).length > stroke.length / 2);
  const middle = (stroke) => extent([stroke]).left + extent([stroke]).right;
  mine.sort((a, b) => middle(a) - middle(b));
  const digit = (i, j) => {
    inkContext.clearRect(region.left, region.top, region.right - region.left, region.bottom - region.top);
    for (const stroke of mine.slice(i, j)) trace(inkContext, stroke, inkPen);
    const picture = inkOf(writing);
    const { labels, pieces } = findPieces(picture);
    return asDigit({ ...picture, labels }, pieces.reduce(joined));
  };
  return { n: mine.length > 1 && mine.length <= MOST_STROKES ? mine.length : 0, digit };
}

const digitsOnly = (probabilities) => probabilities.filter((_, i) => i !== network.none);

// A box in `ink`, seen in the drawing.
function inDrawing({ top, left, bottom, right }) {
  const [x, y] = [region.left, region.top];
  return { top: y + COARSE * top, left: x + COARSE * left, bottom: y + COARSE * bottom, right: x + COARSE * right };
}

function moved({ top, left, bottom, right }, by, times) {
  const [down, across] = [times * by.top, times * by.left];
  return { top: top + down, left: left + across, bottom: bottom + down, right: right + across };
}

// The part of `ink` with these strokes on it: the rest need not be looked at.
function inkedPart(strokes) {
  const box = extent(strokes);
  const edge = inkPen / 2 + COARSE;
  const within = (value, most) => Math.min(most, Math.max(0, Math.floor(value / COARSE)));
  const left = within(box.left - edge - region.left, ink.width - 1);
  const top = within(box.top - edge - region.top, ink.height - 1);
  const width = within(box.right + edge - region.left, ink.width - 1) - left + 1;
  const height = within(box.bottom + edge - region.top, ink.height - 1) - top + 1;
  return { left, top, width, height };
}

// --- The start -----------------------------------------------------------------------------------

// Served from an address, the page can be installed and works without a network. From a file it
// works without a network anyway.
function install() {
  if (!location.protocol.startsWith("http")) return;
  if (origin === "null") return; // in a sandboxed frame, which may not
  const link = document.createElement("link");
  link.rel = "manifest";
  link.href = "manifest.webmanifest";
  document.head.append(link);
  navigator.serviceWorker?.register("service-worker.js").catch(() => {}); // refused: then without
}

// In a frame: tell the page around it how high this one is, so that nothing is cut off.
function tellHeight() {
  parent.postMessage({ height: document.querySelector("main").offsetHeight }, "*");
}

async function start() {
  findColours();
  fit(); // so far without a network, which is unpacked meanwhile
  try {
    network = await unpack(element("model").textContent);
  } catch (error) {
    element("problem").textContent = error.message;
    element("problem").hidden = false;
    element("answer").textContent = "";
    return;
  }
  element(network.several ? "several" : "one").checked = true;
  element("fool").hidden = Boolean(network.romaji); // the game is for digits and letters
  const n = network.layers.reduce((sum, { size, inputs, outputs }) => sum + size * size * inputs * outputs, 0);
  element("facts").replaceChildren(...inOwn("facts", { n: String(n).replace(/\B(?=(\d{3})+$)/g, ",") }), ` ${network.facts}`);
  makeBars();
  makeView();
  makePlay();
  update();
  new ResizeObserver(() => {
    if (pad.clientWidth !== fitted.width || pad.clientHeight !== fitted.height) fit();
  }).observe(pad);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    findColours();
    shown = [];
    redraw();
    show();
  });
  install();
  if (self === top) return;
  new ResizeObserver(tellHeight).observe(document.querySelector("main"));
  addEventListener("message", tellHeight); // whoever began to listen later asks
}

// The network stands last in the page: a page that was cut off can still say so.
document.addEventListener("DOMContentLoaded", start);
