// The page: strokes in, answers out.

const PEN = 18; // width of a line, in the pixels of the pad, whose height is 280
const THIN = 0.12; // of the longest stroke: lines are read no thicker than that, so that small digits are no blots
const COARSE = 2; // pixels of the pad to a pixel of what is read: still many more than 20 a digit
const element = (id) => document.getElementById(id);
const pad = element("pad");
const ink = document.createElement("canvas"); // what is read: the strokes alone
const inkContext = ink.getContext("2d", { willReadFrequently: true });

let network = null;
let strokes = []; // each a list of points [x, y]
let inkPen = PEN; // width of a line as it is read
let drawing = null; // the stroke that is being drawn
let pen = null; // where the keyboard's pen is: {x, y, down}
let digits = []; // what was read: {pixels, box, probabilities}
let chosen = 0; // the digit whose bars are shown
let spoken = ""; // what a screen reader was told last
let bars = []; // a row for each class: {row, bar, share}
let colours = {}; // as the style sheet has them, light or dark

// --- Drawing -------------------------------------------------------------------------------------

function trace(context, stroke, width) {
  context.beginPath();
  context.moveTo(...stroke[0]);
  for (const [x, y] of stroke.slice(1)) context.lineTo(x, y);
  if (stroke.length === 1) context.lineTo(stroke[0][0] + 0.01, stroke[0][1]); // a dot: two round ends
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.stroke();
}

// How thick lines are in `ink`, in steps, so that it need not be drawn anew with every move.
function readingPen() {
  const digits = element("several").checked ? strokes.map((stroke) => [stroke]) : [strokes];
  const sizes = digits.map(extent).map(({ left, top, right, bottom }) => Math.max(right - left, bottom - top));
  return Math.max(3, Math.min(PEN, Math.round(THIN * Math.max(...sizes))));
}

// The box around the points of strokes.
function extent(strokes) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const stroke of strokes) {
    for (const [x, y] of stroke) {
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
  context.clearRect(0, 0, pad.clientWidth, pad.clientHeight);
  inkContext.clearRect(0, 0, pad.clientWidth, pad.clientHeight);
  context.strokeStyle = colours.ink;
  for (const stroke of strokes) {
    trace(context, stroke, PEN);
    trace(inkContext, stroke, inkPen);
  }
  context.lineWidth = 2;
  context.strokeStyle = colours.soft;
  for (const { box } of digits.length > 1 ? digits : []) {
    context.strokeRect(box.left - 4, box.top - 4, box.right - box.left + 8, box.bottom - box.top + 8);
  }
  if (pen) {
    context.strokeStyle = colours.bar;
    context.beginPath();
    context.arc(pen.x, pen.y, pen.down ? PEN / 2 : PEN, 0, 2 * Math.PI);
    context.stroke();
  }
}

// Draw the newest points of the stroke that is being drawn.
function extend() {
  const { points, drawn } = drawing;
  const newest = points.slice(Math.max(0, drawn - 1));
  const context = pad.getContext("2d");
  context.strokeStyle = colours.ink;
  trace(context, newest, PEN);
  trace(inkContext, newest, inkPen);
  drawing.drawn = points.length;
}

function findColours() {
  const style = getComputedStyle(document.documentElement);
  colours = Object.fromEntries(["ink", "soft", "bar"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
}

function fit() {
  const width = Math.round(pad.clientWidth), height = Math.round(pad.clientHeight);
  const sharpness = window.devicePixelRatio || 1;
  pad.width = Math.round(width * sharpness);
  pad.height = Math.round(height * sharpness);
  ink.width = Math.ceil(width / COARSE);
  ink.height = Math.ceil(height / COARSE);
  // For both, one unit is one pixel of the page.
  pad.getContext("2d").scale(sharpness, sharpness);
  inkContext.scale(1 / COARSE, 1 / COARSE);
  update();
}

function at(event) {
  const frame = pad.getBoundingClientRect();
  return [event.clientX - frame.left - pad.clientLeft, event.clientY - frame.top - pad.clientTop];
}

pad.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || drawing) return;
  event.preventDefault(); // no selection, no scrolling
  pad.focus({ preventScroll: true });
  pad.setPointerCapture(event.pointerId);
  pen = null;
  drawing = { id: event.pointerId, points: [at(event)], drawn: 0 };
  strokes.push(drawing.points);
  update();
});

pad.addEventListener("pointermove", (event) => {
  if (event.pointerId !== drawing?.id) return;
  const steps = event.getCoalescedEvents?.() ?? [];
  for (const step of steps.length ? steps : [event]) drawing.points.push(at(step));
  later();
});

for (const end of ["pointerup", "pointercancel"]) {
  pad.addEventListener(end, (event) => {
    if (event.pointerId !== drawing?.id) return;
    drawing = null;
    update();
    speak();
  });
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

// --- The keyboard --------------------------------------------------------------------------------

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

pad.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "z" && !event.altKey) undo();
    return;
  }
  if (event.key in ARROWS) movePen(ARROWS[event.key], event.shiftKey ? 3 : 12);
  else if (event.key === " ") turnPen();
  else if (event.key === "Backspace") undo();
  else if (event.key === "Escape") clear();
  else return;
  event.preventDefault();
});

pad.addEventListener("blur", () => {
  pen = null;
  redraw();
});

function startPen() {
  return pen ?? { x: pad.clientWidth / 2, y: 60, down: false };
}

function movePen([right, down], step) {
  pen = startPen();
  pen.x = Math.min(pad.clientWidth - 1, Math.max(0, pen.x + right * step));
  pen.y = Math.min(pad.clientHeight - 1, Math.max(0, pen.y + down * step));
  if (pen.down) strokes.at(-1).push([pen.x, pen.y]);
  update();
}

function turnPen() {
  pen = startPen();
  pen.down = !pen.down;
  if (pen.down) strokes.push([[pen.x, pen.y]]);
  update();
  speak(pen.down ? "Pen down. " : "Pen up. ");
}

// --- Buttons -------------------------------------------------------------------------------------

function undo() {
  strokes.pop();
  if (pen) pen.down = false;
  update();
  speak();
}

function clear() {
  strokes = [];
  if (pen) pen.down = false;
  update();
  speak();
}

element("undo").addEventListener("click", undo);
element("clear").addEventListener("click", clear);
element("several").addEventListener("change", () => {
  update();
  speak();
});

// --- Reading -------------------------------------------------------------------------------------

// Everything the page shows follows from the strokes. As long as a line grows, only its end is
// drawn; when it ends all is drawn once more, so that no answer depends on how it was cut up.
function update() {
  const width = readingPen();
  const same = width === inkPen;
  inkPen = width;
  if (drawing?.drawn && same) extend();
  else redraw();
  if (drawing) drawing.drawn = drawing.points.length;
  if (!network) return;
  const before = digits;
  digits = readStrokes(element("several").checked);
  choose(before);
  if (!drawing && (digits.length > 1 || before.length > 1)) redraw(); // the boxes have moved
  show();
}

// The bars follow the digit that is being drawn.
function choose(before) {
  const point = (drawing?.points ?? strokes.at(-1) ?? []).at(-1);
  const touched = digits.findIndex(({ box }) => point && inside(point, box));
  if (drawing || pen?.down || digits.length !== before.length) chosen = Math.max(0, touched);
}

function inside([x, y], { top, left, bottom, right }) {
  return x >= left - PEN && x <= right + PEN && y >= top - PEN && y <= bottom + PEN;
}

function readStrokes(several) {
  if (strokes.length === 0) return [];
  const { left, top, width, height } = inkedPart();
  const { data } = inkContext.getImageData(left, top, width, height);
  const drawn = new Float32Array(width * height);
  for (let i = 0; i < drawn.length; i++) drawn[i] = data[4 * i + 3] / 255; // how opaque it is
  return drawingDigits({ ink: drawn, width, height }, several).map(({ box, pixels }) => ({
    box: {
      top: COARSE * (top + box.top),
      left: COARSE * (left + box.left),
      bottom: COARSE * (top + box.bottom),
      right: COARSE * (left + box.right),
    },
    pixels,
    probabilities: forward(pixels, network),
  }));
}

// The part of `ink` with strokes on it: the rest need not be looked at.
function inkedPart() {
  let { left, top, right, bottom } = extent(strokes);
  const within = (value, most) => Math.min(most, Math.max(0, Math.floor(value / COARSE)));
  left = within(left - PEN, ink.width - 1);
  top = within(top - PEN, ink.height - 1);
  const width = within(right + PEN, ink.width - 1) - left + 1;
  const height = within(bottom + PEN, ink.height - 1) - top + 1;
  return { left, top, width, height };
}

function show() {
  element("undo").disabled = element("clear").disabled = strokes.length === 0;
  const said = sentence();
  const note = document.createElement("span");
  const text = document.createElement("b");
  if (said.text) {
    text.textContent = said.text;
    note.textContent = said.note;
    text.className = note.className = said.unsure ? "unsure" : "";
    element("answer").replaceChildren(text, note);
  } else {
    element("answer").textContent = said;
  }
  showSeen();
  showBars(digits[chosen]?.probabilities);
}

// A screen reader hears the answer when a stroke ends, not with each move.
function speak(before = "") {
  const said = sentence();
  const text = before + (said.text ? `${said.text}, ${said.note}` : said);
  if (text !== spoken) element("spoken").textContent = spoken = text;
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

async function start() {
  try {
    network = await unpack(element("model").textContent);
  } catch (error) {
    element("problem").textContent = error.message;
    element("problem").hidden = false;
    element("answer").textContent = "";
    return;
  }
  element("several").checked = network.several;
  element("facts").textContent = network.facts;
  makeBars();
  findColours();
  fit();
  new ResizeObserver(fit).observe(pad);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    findColours();
    redraw();
  });
  install();
}

// The network stands last in the page: a page that was cut off can still say so.
document.addEventListener("DOMContentLoaded", start);
