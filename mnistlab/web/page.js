// The page: strokes in, answers out.

const PEN = 18; // width of a line, in the pixels of the pad, whose height is 280
const element = (id) => document.getElementById(id);
const pad = element("pad");
const ink = document.createElement("canvas"); // what is read: the strokes alone, one pixel per pixel
const inkContext = ink.getContext("2d", { willReadFrequently: true });

let network = null;
let strokes = []; // each a list of points [x, y]
let drawing = null; // the stroke that is being drawn
let pen = null; // where the keyboard's pen is: {x, y, down}
let digits = []; // what was read: {pixels, box, probabilities}
let chosen = 0; // the digit whose bars are shown
let spoken = ""; // what a screen reader was told last

// --- Drawing -------------------------------------------------------------------------------------

function trace(context, stroke) {
  context.beginPath();
  context.moveTo(...stroke[0]);
  for (const [x, y] of stroke.slice(1)) context.lineTo(x, y);
  if (stroke.length === 1) context.lineTo(stroke[0][0] + 0.01, stroke[0][1]); // a dot: two round ends
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  context.stroke();
}

function redraw() {
  const style = getComputedStyle(document.documentElement);
  const context = pad.getContext("2d");
  const sharpness = pad.width / ink.width;
  context.setTransform(sharpness, 0, 0, sharpness, 0, 0);
  context.clearRect(0, 0, ink.width, ink.height);
  inkContext.clearRect(0, 0, ink.width, ink.height);
  context.strokeStyle = style.getPropertyValue("--ink");
  for (const stroke of strokes) {
    trace(context, stroke);
    trace(inkContext, stroke);
  }
  context.lineWidth = 2;
  context.strokeStyle = style.getPropertyValue("--soft");
  for (const { box } of digits.length > 1 ? digits : []) {
    context.strokeRect(box.left - 4, box.top - 4, box.right - box.left + 8, box.bottom - box.top + 8);
  }
  if (pen) {
    context.strokeStyle = style.getPropertyValue("--bar");
    context.beginPath();
    context.arc(pen.x, pen.y, pen.down ? PEN / 2 : PEN, 0, 2 * Math.PI);
    context.stroke();
  }
}

function fit() {
  const width = Math.round(pad.clientWidth), height = Math.round(pad.clientHeight);
  const sharpness = window.devicePixelRatio || 1;
  pad.width = Math.round(width * sharpness);
  pad.height = Math.round(height * sharpness);
  ink.width = width;
  ink.height = height;
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
  drawing = { id: event.pointerId, points: [at(event)] };
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
    if (event.key === "z" && !event.altKey) undo(event);
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
  return pen ?? { x: ink.width / 2, y: 60, down: false };
}

function movePen([right, down], step) {
  pen = startPen();
  pen.x = Math.min(ink.width - 1, Math.max(0, pen.x + right * step));
  pen.y = Math.min(ink.height - 1, Math.max(0, pen.y + down * step));
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

// Everything the page shows follows from the strokes, anew each time.
function update() {
  redraw();
  if (!network) return;
  const before = digits;
  digits = readStrokes(element("several").checked);
  choose(before);
  if (digits.length > 1 || before.length > 1) redraw(); // the boxes have moved
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
    box: { top: box.top + top, left: box.left + left, bottom: box.bottom + top, right: box.right + left },
    pixels,
    probabilities: forward(pixels, network),
  }));
}

// The part of the pad with strokes on it: the rest need not be looked at.
function inkedPart() {
  let [left, top, right, bottom] = [ink.width - 1, ink.height - 1, 1, 1];
  for (const [x, y] of strokes.flat()) {
    left = Math.min(left, x - PEN);
    right = Math.max(right, x + PEN);
    top = Math.min(top, y - PEN);
    bottom = Math.max(bottom, y + PEN);
  }
  left = Math.max(0, Math.floor(left));
  top = Math.max(0, Math.floor(top));
  const width = Math.max(1, Math.min(ink.width, Math.ceil(right)) - left);
  const height = Math.max(1, Math.min(ink.height, Math.ceil(bottom)) - top);
  return { left, top, width, height };
}

// The most probable class, how probable it is, and the second.
function verdict(probabilities) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const [best, second] = order;
  return {
    best: network.classes[best],
    second: network.classes[second],
    probability: probabilities[best],
    sure: probabilities[best] >= network.sure,
  };
}

const percent = (probability) => `${Math.round(100 * probability)}\u00a0%`;

function sentence() {
  if (digits.length === 0) return "Draw something";
  const verdicts = digits.map(({ probabilities }) => verdict(probabilities));
  const text = verdicts.map(({ best }) => best).join(digits.length > 1 && network.several ? "" : " ");
  const doubts = verdicts
    .map((v, i) => (v.sure ? "" : `${digits.length > 1 ? `number ${i + 1}: ` : ""}${v.best} or ${v.second}?`))
    .filter((doubt) => doubt);
  if (doubts.length) return { text, note: `not sure: ${doubts.join(", ")}`, unsure: true };
  const surest = Math.min(...verdicts.map(({ probability }) => probability));
  return { text, note: digits.length > 1 ? `each at least ${percent(surest)}` : percent(surest) };
}

function show() {
  element("undo").disabled = element("clear").disabled = strokes.length === 0;
  const said = sentence();
  const note = document.createElement("span");
  const text = document.createElement("b");
  if (said.text) {
    text.textContent = said.text;
    note.textContent = said.note;
    note.className = said.unsure ? "unsure" : "";
    element("answer").replaceChildren(text, note);
  } else {
    element("answer").textContent = said;
  }
  showSeen();
  showBars(digits[chosen]?.probabilities);
}

function showSeen() {
  const seen = element("seen");
  while (seen.children.length > digits.length) seen.lastChild.remove();
  while (seen.children.length < digits.length) seen.append(seenButton(seen.children.length));
  digits.forEach(({ pixels, probabilities }, i) => {
    const button = seen.children[i];
    const { best, probability } = verdict(probabilities);
    button.setAttribute("aria-pressed", String(i === chosen));
    button.setAttribute("aria-label", `${i + 1}: ${best}, ${percent(probability)}; show its bars`);
    button.lastChild.textContent = best;
    const image = new ImageData(SIDE, SIDE);
    pixels.forEach((pixel, p) => image.data.set([255 - pixel, 255 - pixel, 255 - pixel, 255], 4 * p));
    button.firstChild.getContext("2d").putImageData(image, 0, 0);
  });
}

function seenButton(i) {
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  button.type = "button";
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  button.append(canvas, document.createElement("span"));
  button.addEventListener("click", () => {
    chosen = i;
    show();
  });
  return button;
}

function showBars(probabilities) {
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
  [...element("bars").children].forEach((row, i) => {
    const probability = probabilities?.[i] ?? 0;
    row.className = i === best ? "best" : "";
    row.querySelector(".bar").style.transform = `scaleX(${probability})`;
    row.querySelector(".percent").textContent = probabilities ? percent(probability) : "";
  });
}

// A screen reader hears the answer when a stroke ends, not with each move.
function speak(before = "") {
  const said = sentence();
  const text = before + (said.text ? `${said.text}, ${said.note}` : said);
  if (text !== spoken) element("spoken").textContent = spoken = text;
}

// --- The start -----------------------------------------------------------------------------------

function makeBars() {
  const rows = network.classes.map((name) => {
    const row = document.createElement("li");
    const parts = ["name", "track", "percent"].map((kind) => {
      const part = document.createElement("span");
      part.className = kind;
      return part;
    });
    const bar = document.createElement("div");
    bar.className = "bar";
    parts[0].textContent = name;
    parts[1].append(bar);
    row.append(...parts);
    return row;
  });
  element("bars").replaceChildren(...rows);
  element("bars").classList.toggle("many", rows.length > 12);
}

// Served from an address, the page can be installed and works without a network. From a file it
// works without a network anyway.
function install() {
  if (!location.protocol.startsWith("http")) return;
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
  fit();
  new ResizeObserver(fit).observe(pad);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  install();
}

// The network stands last in the page: a page that was cut off can still say so.
document.addEventListener("DOMContentLoaded", start);
