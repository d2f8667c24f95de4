// The drawing pad: what is drawn is a list of strokes (`Hand`, in web/page/pad.js, stands before this).
// The browser shows them and sends them; Python draws them once more, asks the model, and answers.

const LIVE = 100; // milliseconds between two questions while a stroke is being drawn
const PATIENCE = 3000; // milliseconds after which a question counts as unanswered
const NO_ANSWER = "Not connected: no answer from Python. Is it busy? After a restart of the kernel, run this cell again.";
const escaped = (text) => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

// Without a model characters are only asked for, in the format of 40 x 40 that those have.
const seenSide = (names) => (names.length ? 28 : 40);

// JupyterLab moves between cells with the arrow keys and deletes them with d, d;
// data-lm-suppress-shortcuts leaves all keys to the pad.
function page({ side, names, stamps, romaji }) {
  const row = (name, i) => `<tr data-row="${i}"><th scope="row">${escaped(name)}</th>
    <td class="track" aria-hidden="true"><span class="bar"></span></td>
    <td class="share"></td></tr>`;
  const seen = seenSide(names);
  const buttons = stamps.map((name, i) => `<button type="button" data-stamp="${i}">${escaped(String(name))}</button>`).join("");
  return `
    <div class="draw">
      <canvas class="field" tabindex="0" role="application" style="width:${side}px;aspect-ratio:1"
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
      <p class="name">${names.length ? "The model sees" : "What is kept"}</p>
      <canvas class="digit" width="${seen}" height="${seen}" role="img" aria-label="nothing yet"></canvas>
      <p class="verdict">Draw a digit</p>
    </div>
    <table class="shares" ${names.length ? "" : "hidden"}><caption>Its probabilities</caption><tbody>${names.map(row).join("")}</tbody></table>
    <div class="passport" role="group" aria-label="Save the drawing in your passport" ${stamps.length ? "" : "hidden"}>
      <span>Save this drawing as my</span>${buttons}<span data-value="stamped"></span>
    </div>
    <p class="hidden" role="status" aria-live="polite"></p>`;
}

function render({ model, el }) {
  const field = model.get("_field");
  const { side, pen: width, names, sure, stamps, romaji } = field;
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

  let asked = 0; // when the last question was sent
  let trailing = 0; // a timer: what was drawn since is asked about, too
  let patience = 0; // a timer: until then the answer should be there

  const hand = new Hand(canvas, {
    at: place,
    limits: () => ({ left: 0, top: 0, right: side, bottom: side }),
    changed(kind, words = "") {
      paint();
      if (kind === "move") return;
      if (words) speak(words);
      if (!hand.strokes.length) showAnswer({}); // what was read is gone, whoever answers
      ask(kind === "end" || kind === "lift");
    },
  });

  function paint() {
    context.clearRect(0, 0, side, side);
    context.strokeStyle = "#111";
    for (const stroke of hand.strokes) trace(context, stroke, width);
    if (!hand.pen) return;
    context.lineWidth = 2;
    context.strokeStyle = "#d55e00";
    context.beginPath();
    context.arc(hand.pen.x, hand.pen.y, width / 2 + 2, 0, 2 * Math.PI);
    if (!hand.pen.down) context.setLineDash([3, 3]);
    context.stroke();
    context.setLineDash([]);
  }

  // Ask Python about what is drawn; while a stroke goes on only now and then.
  function ask(atOnce) {
    clearTimeout(trailing);
    if (!atOnce && performance.now() - asked < LIVE) {
      trailing = setTimeout(() => ask(true), LIVE);
      return;
    }
    asked = performance.now();
    patience ||= setTimeout(() => showAnswer({ problem: NO_ANSWER }), PATIENCE);
    model.set("strokes", hand.strokes.map((stroke) => stroke.map(([x, y]) => [x, y])));
    model.set("_asked", model.get("_asked") + 1); // the answer repeats it
    model.save_changes();
  }

  const rounded = (value) => Math.round(10 * value) / 10;
  function place(event) {
    const box = canvas.getBoundingClientRect(); // the border of 1 px with it
    const scale = side / canvas.clientWidth;
    const [x, y] = [event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop];
    return [rounded(x * scale), rounded(y * scale)];
  }

  find("[data-do=undo]").addEventListener("click", () => hand.undo());
  find("[data-do=clear]").addEventListener("click", () => hand.clear());
  find(".passport").addEventListener("click", (event) => {
    const name = stamps[event.target.dataset.stamp];
    if (name === undefined || !hand.strokes.length) return;
    model.send({ stamp: name });
    hand.put([], `Saved as your ${name}.`);
  });

  // What to draw: of characters the first that is not saved yet.
  function task() {
    if (names.length) return "Draw a digit";
    const next = stamps.find((name) => !model.get("_stamped").includes(name));
    return next ? `Write ${next} (${romaji[next]})` : "All are saved. Thank you!";
  }

  function answered() {
    clearTimeout(patience);
    patience = 0;
    const answer = model.get("_answer");
    if (hand.strokes.length || !answer.digit) showAnswer(answer); // else it is late: the pad was cleared
  }

  function showAnswer(answer) {
    const seen = find(".digit");
    const image = seen.getContext("2d").createImageData(seen.width, seen.height);
    const shares = answer.probabilities ?? names.map(() => 0);
    const best = shares.indexOf(Math.max(...shares));
    if (answer.digit) {
      const ink = new Uint8Array(answer.digit.buffer, answer.digit.byteOffset, seen.width ** 2);
      for (let i = 0; i < ink.length; i++) {
        image.data.set([255 - ink[i], 255 - ink[i], 255 - ink[i], 255], 4 * i);
      }
    }
    seen.getContext("2d").putImageData(image, 0, 0);
    let verdict = answer.problem ?? task();
    if (answer.problem) speak(verdict);
    if (answer.digit && names.length) {
      const percent = `${Math.floor(100 * shares[best])} %`;
      if (names[best] === "?") verdict = `no digit, ${percent}`;
      else verdict = shares[best] >= sure ? `${names[best]}, ${percent}` : `perhaps ${names[best]}, ${percent}`;
      if (!hand.drawing) speak(`The model reads ${verdict}.`);
    }
    find(".verdict").textContent = verdict;
    find(".verdict").classList.toggle("problem", Boolean(answer.problem));
    seen.setAttribute("aria-label", answer.digit ? `your drawing in ${seen.width} by ${seen.width} pixels` : "nothing yet");
    names.forEach((_, i) => {
      const row = find(`[data-row="${i}"]`);
      row.classList.toggle("best", Boolean(answer.digit) && i === best);
      row.querySelector(".bar").style.width = `${100 * shares[i]}%`;
      row.querySelector(".share").textContent = answer.digit ? `${(100 * shares[i]).toFixed(1)} %` : "";
    });
    // For the browser test: what was answered, and how long after the last question.
    root.dataset.answered = answer.digit ? names[best] ?? "" : "";
    root.dataset.milliseconds = rounded(performance.now() - asked);
  }

  function showStamps() {
    const stamped = model.get("_stamped");
    root.querySelectorAll("[data-stamp]").forEach((button, i) => {
      const done = stamped.includes(stamps[i]);
      button.classList.toggle("done", done);
      button.setAttribute("aria-label", `Save as my ${stamps[i]}${done ? ", saved already" : ""}`);
    });
    find("[data-value=stamped]").textContent = `${stamped.length} of ${stamps.length} saved`;
    if (!names.length) find(".verdict").textContent = task();
  }

  function fromPython() {
    if (hand.drawing || hand.pen?.down) return; // the hand that draws is right
    hand.strokes = model.get("strokes").map((stroke) => stroke.map(([x, y]) => [x, y]));
    paint();
  }

  model.on("change:strokes", fromPython);
  model.on("change:_answer", answered);
  model.on("change:_stamped", showStamps);
  fromPython();
  answered();
  showStamps();
  return () => {
    clearTimeout(trailing);
    clearTimeout(patience);
    model.off("change:strokes", fromPython);
    model.off("change:_answer", answered);
    model.off("change:_stamped", showStamps);
  };
}

export default { render };
