// What the page says and shows of an answer: the sentence, the small pictures, the bars.

const LIKELY = 0.5; // probability below which nothing is said to be what was drawn

// The most probable class, the second, and whether the answer is good enough to be given. Where the
// network knows what is no digit, that is a class; else it is none of these where nothing is likely.
function verdict(probabilities) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const [best, second] = order.filter((i) => i !== network.none);
  const none = order[0] === network.none || probabilities[best] < LIKELY;
  return {
    best: none ? "?" : network.classes[best],
    second: network.classes[second],
    probability: probabilities[order[0]],
    none,
    sure: !none && probabilities[best] >= network.sure,
  };
}

// No network is certain: nothing is called 100 %.
const percent = (probability) => `${Math.min(99, Math.round(100 * probability))}\u00a0%`;

function sentence() {
  if (digits.length === 0) return "Draw something";
  const verdicts = digits.map(({ probabilities }) => verdict(probabilities));
  const text = verdicts.map(({ best }) => best).join(digits.length > 1 && network.several ? "" : " ");
  const doubts = verdicts
    .map((v, i) => {
      if (v.sure) return "";
      const place = digits.length > 1 ? `the ${["1st", "2nd", "3rd"][i] ?? `${i + 1}th`} is ` : "";
      return place + (v.none ? "none of these" : `${v.best} or ${v.second}?`);
    })
    .filter((doubt) => doubt);
  if (digits.length === 1 && verdicts[0].none) return { text, note: "none of these", unsure: true };
  if (doubts.length) return { text, note: `not sure: ${doubts.join(", ")}`, unsure: true };
  const surest = Math.min(...verdicts.map(({ probability }) => probability));
  return { text, note: digits.length > 1 ? `each at least ${percent(surest)}` : percent(surest) };
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
    button.firstChild.getContext("2d").putImageData(onPaper(pixels), 0, 0);
  });
}

// Dark ink on white, as one would write it.
function onPaper(pixels) {
  const image = new ImageData(SIDE, SIDE);
  const words = new Uint32Array(image.data.buffer); // one for red, green, blue and opacity
  for (let i = 0; i < words.length; i++) words[i] = 0xffffffff - 0x010101 * pixels[i];
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
