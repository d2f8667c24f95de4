// The threshold explorer: all of its work is done here, in the browser, so that it follows the
// slider at once. Python sends the sorted scores of the "no" and the "yes" digits and a few hundred
// example images; from here only the chosen threshold goes back.

const BINS = 98;
const SHOWN = 4; // example digits in a cell of the matrix
const PAGE = 20; // positions of the slider that Page Up and Page Down move it by

// How many of the sorted scores lie below the threshold (NumPy's searchsorted, side "left").
function countBelow(sorted, threshold) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

function measure(no, yes, threshold) {
  const tn = countBelow(no, threshold);
  const fn = countBelow(yes, threshold);
  const fp = no.length - tn;
  const tp = yes.length - fn;
  return {
    tn, fp, fn, tp,
    precision: tp + fp ? tp / (tp + fp) : null, // nothing is called "yes": 0 / 0
    recall: tp / (tp + fn),
    fallout: fp / (fp + tn),
    accuracy: (tp + tn) / (no.length + yes.length),
  };
}

function readable(threshold, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return threshold.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const count = (n) => n.toLocaleString("en");
const share = (x) => (x === null ? "undefined" : x.toFixed(3));

// ------------------------------------------------------------------------------------ the page

// JupyterLab folds and selects cells with the arrow keys; data-lm-suppress-shortcuts leaves them to
// the slider.
function page(name, id) {
  const digits = (cell, side) =>
    `<div class="digits ${side}">${`<canvas width="28" height="28" data-cell="${cell}"></canvas>`.repeat(SHOWN)}</div>`;
  const cell = (key, kind, side, mistake) =>
    `<td class="${mistake ? "mistake" : ""}"><div class="cell">
       <span class="count" data-value="${key}"></span><span class="kind">${kind}</span>
     </div>${digits(key, side)}</td>`;
  const number = (key, label, formula) =>
    `<tr><th scope="row">${label}<small>${formula}</small></th><td data-value="${key}"></td></tr>`;
  const curve = (key, title, x, y) =>
    `<svg class="curve" viewBox="0 0 200 200" role="img" data-curve="${key}">
       <title>${title}</title>
       <path class="axis" d="M30 14V170H186"/>
       <text x="108" y="196" text-anchor="middle">${x}</text>
       <text transform="translate(10 92) rotate(-90)" text-anchor="middle">${y}</text>
       <text x="30" y="183" text-anchor="middle">0</text><text x="186" y="183" text-anchor="middle">1</text>
       <text x="24" y="174" text-anchor="end">0</text><text x="24" y="18" text-anchor="end">1</text>
       <path class="line"/><circle class="here" r="6"/>
     </svg>`;
  return `
    <div class="histogram" role="img">
      <svg viewBox="0 0 ${BINS} 200" preserveAspectRatio="none" aria-hidden="true">
        <defs>
          <clipPath id="${id}-left"><rect x="0" y="0" height="200"/></clipPath>
          <clipPath id="${id}-right"><rect y="0" height="200" width="${BINS}"/></clipPath>
        </defs>
        <path class="bars no right" clip-path="url(#${id}-left)"/>
        <path class="bars no wrong" clip-path="url(#${id}-right)"/>
        <path class="bars yes wrong" clip-path="url(#${id}-left)"/>
        <path class="bars yes right" clip-path="url(#${id}-right)"/>
        <path class="axis" d="M0 100H${BINS}"/>
        <line class="cut" y1="0" y2="200"/>
      </svg>
      <span class="corner top start"></span><span class="corner bottom start"></span>
      <span class="corner top end">strong colour: mistakes</span>
    </div>
    <div class="scores" aria-hidden="true"></div>
    <input type="range" id="${id}" step="1" aria-label="Threshold" data-lm-suppress-shortcuts="true">
    <div class="threshold"><label>Threshold <input type="number" step="any"
        data-lm-suppress-shortcuts="true"></label>
      <label for="${id}">score at or above it: called ${name}</label></div>
    <table class="matrix">
      <caption>Rows are the truth, columns the prediction. Small pictures: the digits whose scores
        are nearest to the threshold; they change sides next.</caption>
      <tr><td class="empty"></td><th scope="col">called not ${name}</th><th scope="col">called ${name}</th></tr>
      <tr><th scope="row">is not ${name}</th>${cell("tn", "true negatives", "left", false)}${cell("fp", "false positives", "", true)}</tr>
      <tr><th scope="row">is ${name}</th>${cell("fn", "false negatives", "left", true)}${cell("tp", "true positives", "", false)}</tr>
    </table>
    <div class="below">
      <table class="numbers">
        ${number("precision", "precision", "TP / (TP + FP)")}
        ${number("recall", "recall", "TP / (TP + FN)")}
        ${number("fallout", "false-positive rate", "FP / (FP + TN)")}
        ${number("accuracy", "accuracy", "(TP + TN) / all")}
      </table>
      ${curve("pr", "Precision-recall curve", "recall", "precision")}
      ${curve("roc", "ROC curve", "false-positive rate", "recall")}
    </div>`;
}

function bars(sorted, low, high, direction) {
  const counts = new Array(BINS).fill(0);
  for (const score of sorted) {
    if (score < low || score > high) continue;
    counts[Math.min(BINS - 1, Math.floor(((score - low) / (high - low)) * BINS))] += 1;
  }
  const tallest = Math.max(...counts);
  const tops = counts.map((n, bin) => `M${bin} 100h1V${100 + (direction * 88 * n) / tallest}h-1Z`);
  return tops.join("");
}

// Round numbers along the scores, about six of them; the unit's name stands before the first.
function drawScores(box, start, end) {
  const rough = (end - start) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const apart = power * [1, 2, 5, 10].find((m) => m * power >= rough);
  for (let i = Math.ceil(start / apart); i * apart <= end; i++) {
    const tick = document.createElement("span");
    tick.textContent = readable(i * apart, apart);
    tick.style.left = `${(100 * (i * apart - start)) / (end - start)}%`;
    box.append(tick);
  }
}

const place = (x, y) => [30 + 156 * x, 170 - 156 * y];

function drawCurve(svg, points) {
  svg.querySelector(".line").setAttribute("d", "M" + points.map((p) => place(...p).join(" ")).join("L"));
}

function drawPoint(svg, x, y, sentence) {
  const circle = svg.querySelector(".here");
  circle.style.visibility = y === null ? "hidden" : "visible";
  if (y !== null) {
    const [cx, cy] = place(x, y);
    circle.setAttribute("cx", cx);
    circle.setAttribute("cy", cy);
  }
  svg.setAttribute("aria-label", sentence);
}

function drawDigit(canvas, pixels, index, score, step) {
  if (canvas.dataset.index === String(index)) return;
  canvas.dataset.index = index;
  canvas.style.visibility = index < 0 ? "hidden" : "visible";
  if (index < 0) return;
  const image = new ImageData(28, 28);
  for (let i = 0; i < 784; i++) {
    const grey = 255 - pixels[index * 784 + i]; // ink is dark, as on paper
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  canvas.title = `score ${readable(score, step / 10)}`;
}

// ---------------------------------------------------------------------------------- the widget

function render({ model, el }) {
  const { step, low, high, ...sent } = model.get("_data");
  const name = escaped(sent.name);
  const no = numbers(Float64Array, sent.no);
  const yes = numbers(Float64Array, sent.yes);
  // Steps below 1 are divided, not multiplied: 3 / 10 is 0.3, 3 * 0.1 is not.
  const thresholdAt = (position) => (step < 1 ? position / Math.round(1 / step) : position * step);
  const start = thresholdAt(low);
  const end = thresholdAt(high);

  const id = `threshold-${Math.random().toString(36).slice(2)}`;
  const root = card(el, "threshold", page(name, id));
  const find = (selector) => root.querySelector(selector);
  const slider = find("input[type=range]");
  const box = find("input[type=number]");
  slider.min = low;
  slider.max = high;
  drawScores(find(".scores"), start, end);

  for (const path of root.querySelectorAll(".bars.no")) path.setAttribute("d", bars(no, start, end, -1));
  for (const path of root.querySelectorAll(".bars.yes")) path.setAttribute("d", bars(yes, start, end, 1));
  find(".corner.top.start").innerHTML = `<b>${count(no.length)}</b> digits that are not ${name}`;
  find(".corner.bottom.start").innerHTML = `<b>${count(yes.length)}</b> that are ${name} (own scale, downward)`;

  // The curves go all the way, beyond what the slider shows.
  const along = [measure(no, yes, -Infinity)];
  for (let position = low; position <= high; position++) along.push(measure(no, yes, thresholdAt(position)));
  along.push(measure(no, yes, Infinity));
  drawCurve(find("[data-curve=pr]"), along.filter((m) => m.precision !== null).map((m) => [m.recall, m.precision]));
  drawCurve(find("[data-curve=roc]"), along.map((m) => [m.fallout, m.recall]));

  const examples = {};
  for (const kind of ["no", "yes"]) {
    if (`${kind}_example_scores` in sent) {
      examples[kind] = {
        scores: numbers(Float64Array, sent[`${kind}_example_scores`]),
        pixels: numbers(Uint8Array, sent[`${kind}_example_images`]),
      };
    }
  }
  if (!examples.no) for (const box of root.querySelectorAll(".digits")) box.remove();

  function drawExamples(threshold) {
    for (const [kind, left, right] of [["no", "tn", "fp"], ["yes", "fn", "tp"]]) {
      if (!examples[kind]) continue;
      const { scores, pixels } = examples[kind];
      const first = countBelow(scores, threshold);
      const show = (cell, offset) =>
        root.querySelectorAll(`canvas[data-cell=${cell}]`).forEach((canvas, i) => {
          const index = first + offset + i;
          drawDigit(canvas, pixels, index in scores ? index : -1, scores[index], step);
        });
      show(left, -SHOWN);
      show(right, 0);
    }
  }

  let announcement;
  function draw(threshold) {
    const now = measure(no, yes, threshold);
    const text = readable(threshold, step);
    if (document.activeElement !== box) box.value = Number(threshold.toPrecision(12));
    for (const key of ["tn", "fp", "fn", "tp"]) find(`[data-value=${key}]`).textContent = count(now[key]);
    for (const key of ["precision", "recall", "fallout", "accuracy"]) {
      find(`[data-value=${key}]`).textContent = share(now[key]);
    }
    const x = Math.min(1, Math.max(0, (threshold - start) / (end - start))) * BINS;
    find(`#${id}-left rect`).setAttribute("width", x);
    find(`#${id}-right rect`).setAttribute("x", x);
    find(".cut").setAttribute("x1", x);
    find(".cut").setAttribute("x2", x);
    drawPoint(find("[data-curve=pr]"), now.recall, now.precision,
      `Precision-recall curve; here precision ${share(now.precision)} at recall ${share(now.recall)}`);
    drawPoint(find("[data-curve=roc]"), now.fallout, now.recall,
      `ROC curve; here recall ${share(now.recall)} at false-positive rate ${share(now.fallout)}`);
    drawExamples(threshold);
    const mistakes = `${count(now.fp)} false positives, ${count(now.fn)} false negatives`;
    find(".histogram").setAttribute("aria-label",
      `Histograms of the scores of digits that are and are not ${name}, cut at ${text}: ${mistakes}`);
    slider.setAttribute("aria-valuetext", `${text}: precision ${share(now.precision)}, recall ${share(now.recall)}`);
    clearTimeout(announcement); // speak when the slider rests, not at every step
    announcement = setTimeout(() => { find("[role=status]").textContent = mistakes; }, 500);
  }

  function fromPython() {
    const threshold = model.get("threshold");
    slider.value = Math.round(threshold / step);
    draw(threshold);
  }
  slider.addEventListener("input", () => draw(thresholdAt(slider.valueAsNumber)));
  function choose(threshold) {
    model.set("threshold", threshold);
    model.save_changes();
  }
  slider.addEventListener("change", () => choose(thresholdAt(slider.valueAsNumber)));
  slider.addEventListener("keydown", (event) => {
    const move = { PageUp: PAGE, PageDown: -PAGE }[event.key];
    if (!move) return;
    event.preventDefault();
    slider.value = slider.valueAsNumber + move;
    draw(thresholdAt(slider.valueAsNumber));
    choose(thresholdAt(slider.valueAsNumber));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") box.blur(); // JupyterLab keeps Enter to itself: no change without it
  });
  box.addEventListener("change", () => {
    if (Number.isFinite(box.valueAsNumber)) choose(box.valueAsNumber);
    fromPython();
  });
  const leave = follow(model, ["threshold"], fromPython);
  return () => {
    clearTimeout(announcement);
    leave();
  };
}

export default { render };
