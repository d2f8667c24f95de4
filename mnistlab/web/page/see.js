// See it think: what every layer answers while one draws, which ink decided, and which of MNIST's
// training digits are most like the drawing to the network. Only drawn while it is open.

const PATCH = 5; // pixels: the side of what is rubbed out to see what it was worth
const BUDGET = 6; // milliseconds of work at a time: drawing goes first
const ALIKE = 8; // how many training digits are shown
const HEAVIEST = 127; // of the weights of a layer, as whole numbers
let stages = []; // the layers that are shown: {layer, figure, context, columns}
let picked = -1; // the kernel, or the unit, of the first stage that is shown large
let blank = null; // what the layers answer to an empty pad
let alike = []; // the training digits: {pixels, name, direction}
let shown = []; // those of them that are shown
let rubbing = { pixels: null, timer: 0 }; // which ink is being weighed

// --- What the layers answer ----------------------------------------------------------------------

function makeView() {
  const shown = network.layers.slice(0, -1).filter(({ kind }) => kind !== "pool");
  stages = shown.map((layer, i) => makeStage(layer, i));
  element("layers").append(...stages.map(({ figure }) => figure));
  const chances = network.classes.map((name, i) => {
    const part = document.createElement("li");
    part.textContent = i === network.none ? "none" : name;
    return part;
  });
  element("chances").replaceChildren(...chances);
  element("chances").classList.toggle("many", chances.length > MANY);
  element("alike-part").hidden = !network.examples;
  if (stages.length) stages[0].canvas.addEventListener("click", pickWithPointer);
  if (stages.length) stages[0].canvas.addEventListener("keydown", pickWithKeys);
  const room = self === top || location.search === "?thinking"; // a frame asks for it in its address
  const wide = matchMedia("(min-width: 44rem)");
  const unfold = () => (element("think").open = room && wide.matches);
  unfold();
  if (!wide.matches) wide.addEventListener("change", unfold, { once: true }); // a frame gets its width late
  element("think").addEventListener("toggle", think);
}

function makeStage(layer, i) {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const caption = document.createElement("figcaption");
  const n = layer.outputs;
  const maps = layer.kind === "convolution";
  const name = maps ? `${n} kernels of ${layer.size} × ${layer.size}` : `${n} units`;
  caption.append(...inOwn(maps ? "kernels" : "units", { n, size: layer.size }), name);
  figure.append(canvas, caption);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `The answers of ${name}`);
  if (i === 0) {
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "slider");
    canvas.setAttribute("aria-label", `${maps ? "Kernel" : "Unit"} shown large, of ${n}`);
    canvas.setAttribute("aria-valuemin", 1);
    canvas.setAttribute("aria-valuemax", n);
    canvas.setAttribute("aria-valuenow", 1);
  }
  return { layer, figure, canvas, context: canvas.getContext("2d"), columns: Math.ceil(Math.sqrt(n)) };
}

// Run the network as `forward` does, and keep what each layer answers.
function answersOf(pixels) {
  const values = new Float64Array(pixels).map((pixel) => pixel * network.pixel);
  let x = { values, side: network.side, channels: 1 };
  return network.layers.map((layer) => (x = LAYERS[layer.kind](x, layer)));
}

function think() {
  if (!element("think").open || !network) return;
  if (network.examples && alike.length === 0) unpackExamples();
  const digit = digits[chosen];
  const answers = digit?.answers ?? (blank ??= answersOf(new Uint8Array(network.side ** 2)));
  for (const stage of stages) drawStage(stage, answers[network.layers.indexOf(stage.layer)], digit);
  [...element("chances").children].forEach((part, i) => {
    const probability = digit?.probabilities[i] ?? 0;
    part.style.setProperty("--chance", probability.toFixed(3));
    part.className = probability > 0.5 ? "likely" : "";
  });
  showPicked(answers);
  showAlike(digit && directionOf(digit.pixels, answers));
  weighInk(digit);
}

// All answers of a layer as one picture: map beside map, or a square for each unit.
function drawStage({ context, canvas, columns }, { values, side, channels }, digit) {
  const cell = side > 1 ? side : 3;
  const pitch = cell + 1; // a thin line between two
  const size = [columns * pitch - 1, Math.ceil(channels / columns) * pitch - 1];
  if (canvas.width !== size[0]) [canvas.width, canvas.height] = size;
  const image = new ImageData(...size);
  const words = new Uint32Array(image.data.buffer);
  const most = digit ? strongest(values) : Infinity;
  for (let channel = 0; channel < channels; channel++) {
    const corner = Math.floor(channel / columns) * pitch * size[0] + (channel % columns) * pitch;
    for (let y = 0; y < cell; y++) {
      for (let x = 0; x < cell; x++) {
        const from = side > 1 ? (y * side + x) * channels + channel : channel;
        words[corner + y * size[0] + x] = shade(values[from] / most);
      }
    }
  }
  context.putImageData(image, 0, 0);
}

function strongest(values) {
  let most = 1e-9;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

// --- One kernel, large ---------------------------------------------------------------------------

function pickWithPointer(event) {
  const { canvas, columns, layer } = stages[0];
  const frame = canvas.getBoundingClientRect();
  const rows = Math.ceil(layer.outputs / columns);
  const column = Math.floor(((event.clientX - frame.left) / frame.width) * columns);
  const row = Math.floor(((event.clientY - frame.top) / frame.height) * rows);
  pick(row * columns + column);
}

function pickWithKeys(event) {
  const { columns } = stages[0];
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  if (!(event.key in steps)) return;
  event.preventDefault();
  pick(picked < 0 ? 0 : picked + steps[event.key]);
}

function pick(k) {
  picked = Math.min(stages[0].layer.outputs - 1, Math.max(0, k));
  stages[0].canvas.setAttribute("aria-valuenow", picked + 1);
  think();
}

// The weights of the kernel that was picked, and its answer.
function showPicked(answers) {
  element("picked").hidden = picked < 0;
  element("hint").hidden = picked >= 0 || stages.length === 0;
  if (picked < 0) return;
  const { layer } = stages[0];
  const { values, side, channels } = answers[network.layers.indexOf(layer)];
  const maps = layer.kind === "convolution";
  const size = maps ? layer.size : network.side;
  paint(element("weights"), size, (i) => shade(layer.rows[i][picked] / HEAVIEST));
  element("map").hidden = !maps;
  const most = digits.length ? strongest(values) : Infinity;
  if (maps) paint(element("map"), side, (i) => shade(values[i * channels + picked] / most));
  const name = `${maps ? "Kernel" : "Unit"} ${picked + 1} of ${channels}. Ink on the blue adds to its answer, ink on the orange takes away.${
    maps ? " Right: where in the drawing it answers." : ` It answers ${values[picked].toFixed(1)}.`}`;
  element("picked-name").replaceChildren(...inOwn(maps ? "kernel" : "unit", { k: picked + 1, n: channels }), name);
}

// The same in the language that is read, if that is not English.
function inOwn(name, values) {
  const text = own(name, values);
  return text ? [Object.assign(piece("span", text), { lang: "ja" })] : [];
}

function paint(canvas, side, wordOf) {
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = wordOf(i);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// --- Which ink decided ---------------------------------------------------------------------------

// Rub out a small patch and ask again: how much less likely is the answer? While the pen moves the
// ink is plain; when it rests, patch after patch is weighed in small portions of time.
function weighInk(digit) {
  const pixels = digit?.pixels ?? null;
  if (!pixels || hand.drawing) {
    clearTimeout(rubbing.timer);
    rubbing = { pixels: null };
    return paintInk(pixels ?? new Uint8Array(network.side ** 2));
  }
  if (rubbing.pixels === pixels && !rubbing.left.length) return drawWeighed();
  if (rubbing.pixels === pixels) return;
  clearTimeout(rubbing.timer);
  const best = digit.probabilities.indexOf(Math.max(...digit.probabilities));
  rubbing = { pixels, best, before: odds(digit.probabilities[best]), left: [] };
  rubbing.sums = new Float64Array(pixels.length);
  rubbing.times = new Float64Array(pixels.length);
  const step = network.side > SIDE ? 3 : 2;
  for (let y = 0; y < network.side; y += step) for (let x = 0; x < network.side; x += step) rubbing.left.push([x, y]);
  paintInk(pixels);
  rubbing.timer = setTimeout(weighSome, 60);
}

const odds = (probability) => Math.log((probability + 1e-9) / (1 - probability + 1e-9));

function weighSome() {
  const until = performance.now() + BUDGET;
  while (rubbing.left.length && performance.now() < until) weighPatch(...rubbing.left.pop());
  if (rubbing.left.length) rubbing.timer = setTimeout(weighSome, 0);
  else drawWeighed();
}

function weighPatch(x, y) {
  const { pixels, best, before, sums, times } = rubbing;
  const inPatch = [];
  for (let v = Math.max(0, y - 2); v < Math.min(network.side, y - 2 + PATCH); v++) {
    for (let u = Math.max(0, x - 2); u < Math.min(network.side, x - 2 + PATCH); u++) {
      if (pixels[v * network.side + u] > 0) inPatch.push(v * network.side + u);
    }
  }
  if (inPatch.length === 0) return;
  const without = Uint8Array.from(pixels);
  for (const i of inPatch) without[i] = 0;
  const lost = before - odds(forward(without, network)[best]);
  for (const i of inPatch) {
    sums[i] += lost;
    times[i] += 1;
  }
}

function drawWeighed() {
  const { pixels, sums, times } = rubbing;
  const worth = sums.map((sum, i) => (times[i] ? sum / times[i] : 0));
  const most = strongest(worth);
  paintInk(pixels, worth.map((value) => value / most));
}

// Grey ink, tinted by what it was worth: from -1 to 1.
function paintInk(pixels, worth = null) {
  if (!worth) return paint(element("decided"), network.side, (i) => shades.plain[pixels[i]]);
  const [against, paper, grey, forIt] = ["unsure", "card", "line", "bar"].map((name) => parts(colours[name]));
  paint(element("decided"), network.side, (i) => {
    const tint = Math.abs(worth[i]);
    const end = worth[i] < 0 ? against : forIt;
    return word(paper.map((from, k) => from + (pixels[i] / 255) * (grey[k] + tint * (end[k] - grey[k]) - from)));
  });
}

// --- Training digits that are alike --------------------------------------------------------------

// The pictures come with the page; what the network makes of them it finds out itself.
async function unpackExamples() {
  const { png, columns, labels } = network.examples;
  alike = [null]; // not twice
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const found = labels.map((label, i) => {
    const [x, y] = [(i % columns) * network.side, Math.floor(i / columns) * network.side];
    const { data } = context.getImageData(x, y, network.side, network.side);
    return { name: network.classes[label], pixels: Uint8Array.from({ length: network.side * network.side }, (_, k) => data[4 * k]) };
  });
  element("alike-note").textContent = `Of ${found.length} training pictures, these are most like yours to the network.`;
  for (const [i, example] of found.entries()) {
    example.direction = directionOf(example.pixels, answersOf(example.pixels));
    if (i % 5 === 4) await new Promise((done) => setTimeout(done, 0)); // drawing goes first
  }
  alike = found;
  think();
}

// What the last layer but one answers, as a vector of length 1: alike is what points the same way.
function directionOf(pixels, answers) {
  const { values } = answers.at(-2) ?? { values: Float64Array.from(pixels) };
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 1e-12));
  return values.map((value) => value / length);
}

function showAlike(direction) {
  if (!network.examples) return;
  const row = element("alike");
  while (row.children.length < ALIKE) {
    const item = document.createElement("li");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = network.side;
    item.append(canvas, document.createElement("span"));
    row.append(item);
  }
  if (!direction || !alike[0]) {
    shown = [];
    for (const { firstChild, lastChild } of row.children) [firstChild.width, lastChild.textContent] = [network.side, ""]; // emptied
    return;
  }
  const near = alike.map((example) => [nearness(direction, example.direction), example]);
  near.sort((a, b) => b[0] - a[0]);
  if (near.slice(0, ALIKE).every(([, example], i) => example === shown[i])) return;
  shown = near.slice(0, ALIKE).map(([, example]) => example);
  [...row.children].forEach((item, i) => {
    item.firstChild.getContext("2d").putImageData(onPaper(shown[i].pixels), 0, 0);
    item.lastChild.textContent = shown[i].name;
  });
}

// The cosine of the angle between two directions.
function nearness(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
