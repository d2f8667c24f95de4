// The margin explorer: a machine was fitted for every position of both sliders before the page was
// shown; what is left to do here is to draw the one that is asked for.

const SIDE = 360; // pixels of the map

// JupyterLab folds and selects cells with the arrow keys; data-lm-suppress-shortcuts leaves them to
// the sliders.
function page(id, names, n) {
  const slider = (name, low, high) =>
    `<label for="${id}-${name}"><span>${name}: <b data-value="${name}"></b></span></label>
     <input type="range" id="${id}-${name}" min="0" step="1" data-lm-suppress-shortcuts="true">
     <div class="ends"><span>${low}</span><span>${high}</span></div>`;
  const number = (key, label) => `<tr><th scope="row">${label}</th><td data-value="${key}"></td></tr>`;
  return `
    <div class="map"><canvas width="${SIDE}" height="${SIDE}" role="img"></canvas></div>
    <div class="side">
      ${slider("C", "mistakes are cheap", "mistakes are dear")}
      ${slider("gamma", "wide influence", "narrow influence")}
      <table class="numbers">
        ${number("support", `support vectors of ${n}`)}
        ${number("mistakes", "mistakes on these digits")}
        ${number("mistakes_new", "mistakes on new digits (%)")}
      </table>
      <p class="key"><b class="zero">○</b> is ${names[0]} &nbsp; <b class="one">□</b> is ${names[1]}<br>
        thick line: the boundary; thin lines: the margin's edges; filled marks: support vectors</p>
    </div>`;
}

// The decision between the cells of the map, by bilinear interpolation.
function sampler(map, cells, scale) {
  return (x, y) => {
    const column = Math.min(cells - 2, Math.floor(x));
    const row = Math.min(cells - 2, Math.floor(y));
    const [right, down] = [x - column, y - row];
    const at = (r, c) => map[r * cells + c];
    const above = at(row, column) * (1 - right) + at(row, column + 1) * right;
    const below = at(row + 1, column) * (1 - right) + at(row + 1, column + 1) * right;
    return (above * (1 - down) + below * down) * scale;
  };
}

// Zones: 0 beyond the margin, 1 and 2 inside it, 3 beyond it; their borders are -1, 0 and 1.
const zoneOf = (decision) => (decision < -1 ? 0 : decision < 0 ? 1 : decision < 1 ? 2 : 3);
const SHADES = [[214, 231, 243], [238, 244, 248], [253, 246, 228], [250, 229, 184]];

function drawMap(context, map, cells, scale) {
  const decision = sampler(map, cells, scale);
  const image = context.createImageData(SIDE, SIDE);
  const zones = new Uint8Array(SIDE * SIDE);
  const step = (cells - 1) / (SIDE - 1);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      zones[y * SIDE + x] = zoneOf(decision(x * step, y * step));
    }
  }
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const here = zones[y * SIDE + x];
      // A line runs where a neighbour is in another zone; the boundary is looked for further off.
      const near = (reach) => [
        zones[y * SIDE + Math.min(SIDE - 1, x + reach)],
        zones[Math.min(SIDE - 1, y + reach) * SIDE + x],
      ];
      let colour = SHADES[here];
      if (near(1).some((zone) => zone !== here)) colour = [130, 130, 130];
      if (near(2).some((zone) => zone > 1 !== here > 1)) colour = [34, 34, 34];
      image.data.set([...colour, 255], 4 * (y * SIDE + x));
    }
  }
  context.putImageData(image, 0, 0);
}

function drawPoints(context, points, labels, support, [left, right, bottom, top]) {
  for (let i = 0; i < labels.length; i++) {
    const x = ((points[2 * i] - left) / (right - left)) * (SIDE - 1);
    const y = ((top - points[2 * i + 1]) / (top - bottom)) * (SIDE - 1);
    context.beginPath();
    if (labels[i]) context.rect(x - 3, y - 3, 6, 6);
    else context.arc(x, y, 3.4, 0, 2 * Math.PI);
    context.strokeStyle = context.fillStyle = labels[i] ? "#a65f00" : "#0072b2";
    context.lineWidth = 1.2;
    if (support[i]) context.fill();
    context.stroke();
  }
}

function render({ model, el }) {
  const sent = model.get("_data");
  const { Cs, gammas, cells } = sent;
  const points = numbers(Float32Array, sent.points);
  const labels = numbers(Uint8Array, sent.labels);
  const maps = numbers(Int8Array, sent.maps);
  const support = numbers(Uint8Array, sent.support);
  const id = `margin-${Math.random().toString(36).slice(2)}`;
  const root = card(el, "margin", page(id, sent.names.map(escaped), labels.length));
  const canvas = root.querySelector("canvas");
  const context = canvas.getContext("2d");
  const sliders = { C: root.querySelector(`#${id}-C`), gamma: root.querySelector(`#${id}-gamma`) };
  sliders.C.max = Cs.length - 1;
  sliders.gamma.max = gammas.length - 1;
  const show = (name, text) => (root.querySelector(`[data-value=${name}]`).textContent = text);

  function draw() {
    const [i, j] = [sliders.C.valueAsNumber, sliders.gamma.valueAsNumber];
    const which = i * gammas.length + j;
    const own = support.subarray(which * labels.length, (which + 1) * labels.length);
    drawMap(context, maps.subarray(which * cells ** 2, (which + 1) * cells ** 2), cells, sent.deepest / 127);
    drawPoints(context, points, labels, own, sent.frame);
    const gamma = gammas[j] ? String(gammas[j]) : "none (linear)";
    const n = own.reduce((sum, flag) => sum + flag, 0);
    const missed = ((100 * sent.mistakes_new[which]) / sent.n_new).toFixed(1);
    show("C", Cs[i]);
    show("gamma", gamma);
    show("support", n);
    show("mistakes", sent.mistakes[which]);
    show("mistakes_new", missed);
    const sentence = `C ${Cs[i]}, gamma ${gamma}: ${n} support vectors, ${sent.mistakes[which]} mistakes, ${missed} % on new digits`;
    sliders.C.setAttribute("aria-valuetext", `C ${Cs[i]}`);
    sliders.gamma.setAttribute("aria-valuetext", `gamma ${gamma}`);
    canvas.setAttribute("aria-label", sentence);
    root.querySelector("[role=status]").textContent = sentence;
  }

  function fromPython() {
    sliders.C.value = Cs.indexOf(model.get("C"));
    sliders.gamma.value = gammas.indexOf(model.get("gamma"));
    draw();
  }
  for (const [name, values] of [["C", Cs], ["gamma", gammas]]) {
    sliders[name].addEventListener("input", draw);
    sliders[name].addEventListener("change", () => {
      model.set(name, values[sliders[name].valueAsNumber]);
      model.save_changes();
    });
  }
  return follow(model, ["C", "gamma"], fromPython);
}

export default { render };
