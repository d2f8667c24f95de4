// What the page says and shows of an answer: the sentence, the small pictures, the bars.

const LIKELY = 0.5; // probability below which nothing is said to be what was drawn
const NONE = "?"; // what is shown for none of the classes
const MANY = 12; // classes: where there are more, the best are shown to choose from, not all bars
const CANDIDATES = 5;
let bars = []; // a row for each class: {row, bar, share}
let told = ""; // the sentence that is shown, as JSON

const ranked = (probabilities) => [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
// What is said in the language that is read, if that is not English; `{name}` stands for a value.
const own = (key, values = {}) => network.own?.[key]?.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const romajiOf = (name) => network.romaji?.[network.classes.indexOf(name)] ?? "";

// The most probable class, the second, and whether the answer is good enough to be given. Where the
// network knows what is no digit, that is a class; else it is none of these where nothing is likely,
// or where no score is as high as that of a character (`floor`, of a network that was measured).
function verdict(probabilities, answers) {
  const order = ranked(probabilities);
  const [best, other] = order.filter((i) => i !== network.none);
  const weak = answers.at(-1).values[best] < (network.floor ?? -Infinity);
  const none = order[0] === network.none || probabilities[best] < LIKELY || weak;
  return {
    best: none ? NONE : network.classes[best],
    second: order[1] === network.none ? "none of these" : network.classes[other],
    probability: probabilities[order[0]],
    none,
    sure: !none && probabilities[best] >= network.sure,
  };
}

// Nothing is called more probable than it is, and nothing certain.
const percent = (probability) => `${Math.min(99, Math.floor(100 * probability))}\u00a0%`;

// The answer as rows of characters, each {text, sure}, and what is said of it.
function sentence() {
  if (digits.length === 0) return { rows: [], note: "Draw something", own: own("draw") };
  const verdicts = digits.map((digit) => ({ ...digit.verdict, said: digit.said }));
  const rows = [];
  verdicts.forEach(({ best, sure, said }, i) => {
    (rows[digits[i].row] ??= []).push({ text: said ?? best, sure: sure || said !== undefined });
  });
  return { rows, ...remark(verdicts) };
}

function remark(verdicts) {
  const [first, ...others] = verdicts;
  const corrected = verdicts.find(({ said }) => said !== undefined);
  if (corrected) {
    const { none, best } = corrected;
    const read = none ? own("neither") : own("quoted", { name: best });
    return { note: `you say; it read ${none ? "none of these" : best}`, own: own("said", { read }) };
  }
  if (others.length === 0 && first.none) return { note: "none of these", own: own("none"), unsure: true };
  const doubts = verdicts.map((v, i) => (v.sure ? null : doubt(v, others.length ? i + 1 : 0))).filter((said) => said);
  if (doubts.length) {
    const both = own("unsure", { doubts: doubts.map(([, said]) => said).join("、") });
    return { note: `not sure: ${doubts.map(([said]) => said).join(", ")}`, own: both, unsure: true };
  }
  const surest = percent(Math.min(...verdicts.map(({ probability }) => probability)));
  return others.length ? { note: `each at least ${surest}`, own: own("each", { surest }) } : { note: surest };
}

// What an answer that is not sure may be; `n` counts from 1 where there are several.
function doubt({ none, best, second }, n) {
  const place = n ? `the ${["1st", "2nd", "3rd"][n - 1] ?? `${n}th`} is ` : "";
  const ownPlace = n ? own("place", { n }) : "";
  return [
    place + (none ? "none of these" : `${best} or ${second}?`),
    ownPlace + (none ? own("neither") : own("either", { best, second })),
  ];
}

const apart = () => !network.several && !network.romaji; // digits and kana stand without spaces
const written = (rows) => rows.map((row) => row.map(({ text }) => text).join(apart() ? " " : "")).join("\n");

// Change a part of the page only where it differs: to write costs more than to look.
function set(part, name, value) {
  if (part[name] !== value) part[name] = value;
}

function show() {
  const empty = hand.strokes.length === 0;
  set(element("undo"), "disabled", empty);
  set(element("clear"), "disabled", empty);
  set(element("invitation"), "hidden", !empty);
  showSentence(sentence());
  showSeen();
  if (bars.length) showBars(digits[chosen]?.probabilities);
  else showCandidates();
  showWrong();
  think();
}

function showSentence(words) {
  const before = told;
  told = JSON.stringify(words);
  if (told === before) return;
  const { rows, note, own: also, unsure } = words;
  const text = document.createElement("b");
  rows.forEach((row, i) => {
    if (i > 0) text.append("\n");
    row.forEach(({ text: character, sure }, k) => {
      if (k > 0 && apart()) text.append(" ");
      const part = document.createElement("span");
      part.textContent = character;
      if (!sure) part.className = "doubt";
      text.append(part);
    });
  });
  const said = document.createElement("span");
  said.textContent = note;
  text.className = said.className = unsure ? "unsure" : "";
  const shown = rows.length ? [text, said] : [said];
  if (network.romaji) {
    text.lang = "ja";
    const romaji = piece("i", rows.flat().map(({ text }) => romajiOf(text) || text).join(" "));
    if (rows.length && rows.flat().some(({ text }) => text !== NONE)) shown.splice(1, 0, romaji);
    if (also) shown.push(Object.assign(piece("small", also), { lang: "ja" }));
  }
  element("answer").replaceChildren(...shown);
}

function piece(tag, text, className = "") {
  const node = document.createElement(tag);
  [node.textContent, node.className] = [text, className];
  return node;
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
  digits.forEach((digit, i) => {
    const button = seen.children[i];
    const { best, probability, sure } = digit.verdict;
    set(button, "ariaPressed", String(i === chosen));
    set(button, "ariaLabel", `${i + 1}: ${best}, ${percent(probability)}; show its bars`);
    set(button, "className", sure ? "" : "doubtful");
    set(button.lastChild, "textContent", digit.said ?? best);
    button.firstChild.getContext("2d").putImageData(onPaper(digit.pixels), 0, 0);
  });
}

// A picture as the network sees it, in the pad's colours.
function onPaper(pixels) {
  const image = new ImageData(network.side, network.side);
  const words = new Uint32Array(image.data.buffer); // one for red, green, blue and opacity
  for (let i = 0; i < words.length; i++) words[i] = shades.ink[pixels[i]];
  return image;
}

function seenButton(i) {
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  button.type = "button";
  canvas.width = canvas.height = network.side;
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
    set(row, "className", i === best ? "best" : "");
    set(share, "textContent", probabilities ? percent(probability) : "");
    set(bar.style, "transform", `scaleX(${Math.round(1000 * probability) / 1000})`);
  });
}

// The most probable classes as buttons, and "none of these": choosing one corrects the answer.
function showCandidates() {
  const digit = digits[chosen];
  set(element("candidates"), "hidden", !digit);
  if (!digit) return;
  const { probabilities, said, verdict: { best } } = digit;
  ranked(probabilities).slice(0, CANDIDATES).forEach((i, place) => {
    const button = element("candidates").children[place];
    const name = network.classes[i];
    set(button, "value", name);
    set(button, "ariaPressed", String(name === (said ?? best)));
    const words = [name, romajiOf(name), probabilities[i] < 0.01 ? "< 1\u00a0%" : percent(probabilities[i])];
    words.forEach((word, k) => set(button.children[k], "textContent", word));
    button.style.setProperty("--share", probabilities[i].toFixed(3));
  });
  set(element("none"), "ariaPressed", String((said ?? best) === NONE));
}

function makeCandidates() {
  const buttons = Array.from({ length: CANDIDATES }, () => {
    const button = Object.assign(piece("button", ""), { type: "button" });
    button.append(Object.assign(piece("b", ""), { lang: network.romaji ? "ja" : "" }), piece("span", ""), piece("span", "", "percent"));
    return button;
  });
  element("candidates").prepend(...buttons);
  element("none").value = NONE;
  element("candidates").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) say(button.value === digits[chosen].said ? undefined : button.value); // again: taken back
  });
}

function makeBars() {
  element("bars").hidden = network.classes.length > MANY;
  if (network.classes.length > MANY) return makeCandidates();
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
}
