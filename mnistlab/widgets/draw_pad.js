// The drawing pad: what is drawn is a list of strokes, each a list of [x, y]. The browser shows them
// and sends them; Python draws them once more, asks the model, and answers in `_answer`.

const LIVE = 100; // milliseconds between two questions while a stroke is being drawn
const STEP = 10; // pixels the keyboard's pen moves; with Shift held 2
const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};
const escaped = (text) => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

// JupyterLab moves between cells with the arrow keys and deletes them with d, d;
// data-lm-suppress-shortcuts leaves all keys to the pad.
function page({ side, names, passport }) {
  const row = (name, i) => `<tr data-row="${i}"><th scope="row">${escaped(name)}</th>
    <td class="track" aria-hidden="true"><span class="bar"></span></td>
    <td class="share"></td></tr>`;
  const stamps = [...Array(10).keys()]
    .map((digit) => `<button type="button" data-stamp="${digit}">${digit}</button>`)
    .join("");
  return `
    <div class="draw">
      <canvas class="field" tabindex="0" role="application" style="width:${side}px;height:${side}px"
        aria-label="Drawing field. Draw with mouse, pen or finger. With the keyboard: arrow keys move
the pen, two at once go diagonally, space puts it down or lifts it, Backspace takes the last stroke
back, Delete clears."></canvas>
      <div class="buttons">
        <button type="button" data-do="undo">Undo</button>
        <button type="button" data-do="clear">Clear</button>
      </div>
      <p class="hint">Keyboard: arrows move, space puts the pen down or lifts it.</p>
    </div>
    <div class="seen">
      <p class="name">The model sees</p>
      <canvas class="digit" width="28" height="28" role="img" aria-label="nothing yet"></canvas>
      <p class="verdict">Draw a digit</p>
    </div>
    <table class="shares"><caption>Its probabilities</caption><tbody>${names.map(row).join("")}</tbody></table>
    <div class="passport" role="group" aria-label="Save the drawing in your passport" ${passport ? "" : "hidden"}>
      <span>Save this drawing as my</span>${stamps}<span data-value="stamped"></span>
    </div>
    <p class="hidden" role="status" aria-live="polite"></p>`;
}

function render({ model, el }) {
  const field = model.get("_field");
  const { side, pen: width, names, sure } = field;
  const root = document.createElement("div");
  root.className = "mnistlab-pad";
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  root.innerHTML = page(field);
  el.append(root);
  const find = (selector) => root.querySelector(selector);
  const canvas = find(".field");
  const context = canvas.getContext("2d");
  const sharpness = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = canvas.height = Math.round(side * sharpness);
  context.scale(sharpness, sharpness);
  const speak = (text) => (find("[role=status]").textContent = text);

  let strokes = []; // as shown here; the model's own list is replaced, never changed
  let drawing = null; // the pointer that draws
  let pen = null; // where the keyboard's pen is: {x, y, down}
  let asked = 0; // when the last question was sent
  const held = new Set(); // arrow keys that are down

  function paint() {
    context.clearRect(0, 0, side, side);
    context.strokeStyle = context.fillStyle = "#111";
    context.lineWidth = width;
    context.lineCap = context.lineJoin = "round";
    for (const [[x, y], ...rest] of strokes) {
      context.beginPath();
      context.moveTo(x, y);
      for (const point of rest.length ? rest : [[x, y]]) context.lineTo(...point);
      context.stroke();
    }
    if (pen && document.activeElement === canvas) {
      context.lineWidth = 2;
      context.strokeStyle = "#d55e00";
      context.beginPath();
      context.arc(pen.x, pen.y, width / 2 + 2, 0, 2 * Math.PI);
      if (!pen.down) context.setLineDash([3, 3]);
      context.stroke();
      context.setLineDash([]);
    }
  }

  // Ask Python about what is drawn; while a stroke goes on only now and then.
  function ask(atOnce = true) {
    paint();
    if (!atOnce && performance.now() - asked < LIVE) return;
    asked = performance.now();
    model.set("strokes", strokes.map((stroke) => stroke.map(([x, y]) => [x, y])));
    model.save_changes();
  }

  const rounded = (value) => Math.round(10 * value) / 10;
  function place(event) {
    const box = canvas.getBoundingClientRect();
    const scale = side / box.width;
    return [rounded((event.clientX - box.left) * scale), rounded((event.clientY - box.top) * scale)];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (drawing !== null || event.button !== 0) return; // a second finger does not draw
    event.preventDefault(); // no selection, no scrolling
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    drawing = event.pointerId;
    pen = null;
    strokes.push([place(event)]);
    ask(false);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawing) return;
    // Between two frames the pen may have gone round a corner: all its places, not only the last.
    const all = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(all.length ? all : [event]).map(place));
    ask(false);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== drawing) return;
      drawing = null;
      ask();
    });
  }

  function undo() {
    if (pen) pen.down = false;
    strokes.pop();
    ask();
    speak("Last stroke taken back.");
  }
  function clear() {
    if (pen) pen.down = false;
    strokes = [];
    ask();
    speak("Cleared.");
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.key in ARROWS) move(event);
    else if (event.key === " ") turn();
    else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) undo();
    else if (event.key === "Delete") clear();
    else return; // Tab goes on to the buttons
    event.preventDefault();
  });
  canvas.addEventListener("keyup", (event) => {
    held.delete(event.key);
    if (pen?.down && !held.size) ask();
  });
  canvas.addEventListener("blur", () => {
    held.clear();
    if (pen) pen.down = false;
    paint();
  });
  canvas.addEventListener("focus", paint);

  function move(event) {
    pen ??= { x: side / 2, y: side / 4, down: false };
    held.add(event.key);
    const step = event.shiftKey ? 2 : STEP;
    for (const key of held) {
      pen.x = Math.min(side, Math.max(0, pen.x + step * ARROWS[key][0]));
      pen.y = Math.min(side, Math.max(0, pen.y + step * ARROWS[key][1]));
    }
    if (pen.down) strokes.at(-1).push([pen.x, pen.y]);
    if (pen.down) ask(false);
    else paint();
  }
  function turn() {
    pen ??= { x: side / 2, y: side / 4, down: false };
    pen.down = !pen.down;
    if (pen.down) strokes.push([[pen.x, pen.y]]);
    ask();
    speak(pen.down ? "Pen down." : "Pen up.");
  }

  find("[data-do=undo]").addEventListener("click", undo);
  find("[data-do=clear]").addEventListener("click", clear);
  find(".passport").addEventListener("click", (event) => {
    const digit = event.target.dataset.stamp;
    if (digit === undefined || !strokes.length) return;
    model.send({ stamp: Number(digit) });
    strokes = [];
    ask();
    speak(`Saved as your ${digit}.`);
  });

  function showAnswer() {
    const answer = model.get("_answer");
    const seen = find(".digit");
    const image = seen.getContext("2d").createImageData(28, 28);
    const shares = answer.probabilities ?? names.map(() => 0);
    const best = shares.indexOf(Math.max(...shares));
    if (answer.digit) {
      const ink = new Uint8Array(answer.digit.buffer, answer.digit.byteOffset, 28 * 28);
      for (let i = 0; i < ink.length; i++) {
        image.data.set([255 - ink[i], 255 - ink[i], 255 - ink[i], 255], 4 * i);
      }
    }
    seen.getContext("2d").putImageData(image, 0, 0);
    let verdict = "Draw a digit";
    if (answer.digit) {
      const percent = `${Math.round(100 * shares[best])} %`;
      if (names[best] === "?") verdict = `no digit, ${percent}`;
      else verdict = shares[best] >= sure ? `${names[best]}, ${percent}` : `perhaps ${names[best]}, ${percent}`;
      if (drawing === null) speak(`The model reads ${verdict}.`);
    }
    find(".verdict").textContent = verdict;
    seen.setAttribute("aria-label", answer.digit ? `your drawing in 28 by 28 pixels` : "nothing yet");
    names.forEach((_, i) => {
      const row = find(`[data-row="${i}"]`);
      row.classList.toggle("best", Boolean(answer.digit) && i === best);
      row.querySelector(".bar").style.width = `${100 * shares[i]}%`;
      row.querySelector(".share").textContent = answer.digit ? `${(100 * shares[i]).toFixed(1)} %` : "";
    });
    // For the browser test: what was answered, and how long after the last question.
    root.dataset.answered = answer.digit ? names[best] : "";
    root.dataset.milliseconds = rounded(performance.now() - asked);
  }

  function showStamps() {
    const stamped = model.get("_stamped");
    for (const button of root.querySelectorAll("[data-stamp]")) {
      const done = stamped.includes(Number(button.dataset.stamp));
      button.classList.toggle("done", done);
      button.setAttribute("aria-label", `Save as my ${button.dataset.stamp}${done ? ", saved already" : ""}`);
    }
    find("[data-value=stamped]").textContent = `${stamped.length} of 10 saved`;
  }

  function fromPython() {
    if (drawing !== null || pen?.down) return; // the hand that draws is right
    strokes = model.get("strokes").map((stroke) => stroke.map(([x, y]) => [x, y]));
    paint();
  }

  model.on("change:strokes", fromPython);
  model.on("change:_answer", showAnswer);
  model.on("change:_stamped", showStamps);
  fromPython();
  showAnswer();
  showStamps();
  return () => {
    model.off("change:strokes", fromPython);
    model.off("change:_answer", showAnswer);
    model.off("change:_stamped", showStamps);
  };
}

export default { render };
