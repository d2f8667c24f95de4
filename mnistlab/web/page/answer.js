// What the page says and shows of an answer: the sentence, the small pictures, the bars.

const LIKELY = 0.5; // probability below which nothing is said to be what was drawn
let bars = []; // a row for each class: {row, bar, share}

// The most probable class, the second, and whether the answer is good enough to be given. Where the
// network knows what is no digit, that is a class; else it is none of these where nothing is likely.
function verdict(probabilities) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const [best, other] = order.filter((i) => i !== network.none);
  const none = order[0] === network.none || probabilities[best] < LIKELY;
  return {
    best: none ? "?" : network.classes[best],
    second: order[1] === network.none ? "none of these" : network.classes[other],
    probability: probabilities[order[0]],
    none,
    sure: !none && probabilities[best] >= network.sure,
  };
}

// No network is certain: nothing is called 100 %.
const percent = (probability) => `${Math.min(99, Math.round(100 * probability))}\u00a0%`;

// The answer as rows of characters, each {text, sure}, and what is said of it.
function sentence() {
  if (digits.length === 0) return { rows: [], note: "Draw something" };
  const verdicts = digits.map(({ probabilities, said }) => ({ ...verdict(probabilities), said }));
  const rows = [];
  verdicts.forEach(({ best, sure, said }, i) => {
    (rows[digits[i].row] ??= []).push({ text: said ?? best, sure: sure || said !== undefined });
  });
  return { rows, ...remark(verdicts) };
}

function remark(verdicts) {
  const [first, ...others] = verdicts;
  const corrected = verdicts.find(({ said }) => said !== undefined);
  if (corrected) return { note: `you say; it read ${corrected.none ? "none of these" : corrected.best}` };
  if (others.length === 0 && first.none) return { note: "none of these", unsure: true };
  const doubts = verdicts
    .map((v, i) => {
      if (v.sure) return "";
      const place = others.length ? `the ${["1st", "2nd", "3rd"][i] ?? `${i + 1}th`} is ` : "";
      return place + (v.none ? "none of these" : `${v.best} or ${v.second}?`);
    })
    .filter((doubt) => doubt);
  if (doubts.length) return { note: `not sure: ${doubts.join(", ")}`, unsure: true };
  const surest = percent(Math.min(...verdicts.map(({ probability }) => probability)));
  return { note: others.length ? `each at least ${surest}` : surest };
}

const written = (rows) => rows.map((row) => row.map(({ text }) => text).join(network.several ? "" : " ")).join("\n");

function show() {
  const empty = hand.strokes.length === 0;
  element("undo").disabled = element("clear").disabled = empty;
  element("invitation").hidden = !empty;
  showSentence(sentence());
  showSeen();
  showBars(digits[chosen]?.probabilities);
  showWrong();
  think();
}

function showSentence({ rows, note, unsure }) {
  const text = document.createElement("b");
  rows.forEach((row, i) => {
    if (i > 0) text.append("\n");
    row.forEach(({ text: character, sure }, k) => {
      if (k > 0 && !network.several) text.append(" ");
      const part = document.createElement("span");
      part.textContent = character;
      if (!sure) part.className = "doubt";
      text.append(part);
    });
  });
  const said = document.createElement("span");
  said.textContent = note;
  text.className = said.className = unsure ? "unsure" : "";
  element("answer").replaceChildren(...(rows.length ? [text, said] : [said]));
}

// A screen reader hears the answer when a stroke ends, not with each move.
function speak(before = "") {
  const { rows, note } = sentence();
  const text = before + (rows.length ? `${written(rows).replaceAll("\n", ", ")}, ${note}` : note);
  if (text !== spoken) element("spoken").textContent = spoken = text;
}

function showSeen() {
  const seen = element("seen");
  while (seen.children.length > digits.length) seen.lastChild.remove();
  while (seen.children.length < digits.length) seen.append(seenButton(seen.children.length));
  digits.forEach(({ pixels, probabilities }, i) => {
    const button = seen.children[i];
    const { best, probability, sure } = verdict(probabilities);
    button.setAttribute("aria-pressed", String(i === chosen));
    button.setAttribute("aria-label", `${i + 1}: ${best}, ${percent(probability)}; show its bars`);
    button.className = sure ? "" : "doubtful";
    button.lastChild.textContent = best;
    button.firstChild.getContext("2d").putImageData(onPaper(pixels), 0, 0);
  });
}

// A picture of 28 x 28 in the pad's colours.
function onPaper(pixels) {
  const image = new ImageData(SIDE, SIDE);
  const words = new Uint32Array(image.data.buffer); // one for red, green, blue and opacity
  for (let i = 0; i < words.length; i++) words[i] = shades.ink[pixels[i]];
  return image;
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
  bars.forEach(({ row, bar, share }, i) => {
    const probability = probabilities?.[i] ?? 0;
    row.className = i === best ? "best" : "";
    bar.style.transform = `scaleX(${probability.toFixed(3)})`;
    share.textContent = probabilities ? percent(probability) : "";
  });
}

function makeBars() {
  bars = network.classes.map((name, i) => {
    const row = document.createElement("li");
    const [label, track, share] = ["name", "track", "percent"].map((kind) => {
      const part = document.createElement("span");
      part.className = kind;
      return part;
    });
    const bar = document.createElement("div");
    bar.className = "bar";
    label.textContent = i === network.none ? "none" : name;
    track.append(bar);
    row.append(label, track, share);
    return { row, bar, share };
  });
  element("bars").replaceChildren(...bars.map(({ row }) => row));
  element("bars").classList.toggle("many", bars.length > 12);
}
