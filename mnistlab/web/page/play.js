// What a visitor may do with an answer: correct it, keep the picture, and fool the network.
// Pictures go to the visitor's own files, or where the visitor sends them: never anywhere else.

const PICTURE = 280; // side of a picture that is saved
let asked = ""; // the class that the network is not to recognise
const score = { tries: 0, fooled: 0 };

// --- "That was wrong" ----------------------------------------------------------------------------

function makePlay() {
  const names = network.classes.filter((_, i) => i !== network.none);
  element("right-name").append(...names.map((name) => new Option(`${name} ${romajiOf(name)}`.trim(), name)));
  element("wrong").addEventListener("click", () => showCorrecting(element("correcting").hidden));
  element("right-name").addEventListener("change", correct);
  element("save").addEventListener("click", saveCorrected);
  element("fool").addEventListener("click", () => (asked ? stopGame() : ask()));
  element("judge").addEventListener("click", judge);
  element("next").addEventListener("click", ask);
  element("share").addEventListener("click", shareFooled);
}

// Only an answer can be wrong, and not while it is still being drawn.
function showWrong() {
  const digit = digits[chosen];
  set(element("wrong"), "hidden", !digit || Boolean(asked));
  if (!digit || asked || hand.drawing) showCorrecting(false);
  set(element("right-name"), "value", digit?.said ?? "");
  set(element("save"), "hidden", digit?.said === undefined);
}

function showCorrecting(open) {
  set(element("correcting"), "hidden", !open);
  set(element("wrong"), "ariaExpanded", String(open));
}

const correct = () => say(element("right-name").value || undefined);

// What the visitor says it is: a class, or none of them.
function say(name) {
  digits[chosen].said = name;
  show();
  speak();
}

function saveCorrected() {
  const { said, box } = digits[chosen];
  const { best, none } = digits[chosen].verdict;
  pictureOf(box).toBlob((blob) => save(blob, `${said === NONE ? "none" : said}_read_as_${none ? "none" : best}.png`));
}

// One character as it was drawn, dark on white: what `imaging` reads.
function pictureOf(box) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PICTURE;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, PICTURE, PICTURE);
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const scale = (0.7 * PICTURE) / Math.max(width, height);
  context.translate(PICTURE / 2, PICTURE / 2);
  context.scale(scale, scale);
  context.translate(-(box.left + width / 2), -(box.top + height / 2));
  context.strokeStyle = "#111";
  const mine = (stroke) => stroke.filter((point) => inside(point, box)).length > stroke.length / 2;
  for (const stroke of hand.strokes.filter(mine)) trace(context, stroke, inkPen);
  return canvas;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// --- Fool the network ----------------------------------------------------------------------------

function ask() {
  const names = network.classes.filter((name, i) => i !== network.none && name !== asked);
  asked = names[Math.floor(Math.random() * names.length)];
  hand.clear();
  element("one").checked = true;
  element("game").hidden = false;
  element("fool").setAttribute("aria-expanded", "true");
  const counted = score.tries ? ` Fooled so far: ${score.fooled} of ${score.tries}.` : "";
  tell(`Draw ${asked} so that anybody reads ${asked}, and the network does not.${counted}`, false);
  pad.focus({ preventScroll: true });
}

function judge() {
  if (!digits.length) return tell(`Draw ${asked} first.`, false);
  const { best, none, probability } = digits[0].verdict;
  score.tries += 1;
  if (best === asked) {
    return tell(`Not fooled: it reads ${asked}, ${percent(probability)}. Bend it, break it, give it a hook, and ask again.`, false);
  }
  score.fooled += 1;
  tell(`Fooled! You drew ${asked}, it reads ${none ? "none of these" : best}, ${percent(probability)}. Would a friend read ${asked}?`, true);
}

function tell(text, fooled) {
  element("task").textContent = text;
  element("game").classList.toggle("fooled", fooled);
  element("share").hidden = !fooled;
  element("judge").hidden = fooled;
}

function stopGame() {
  asked = "";
  element("game").hidden = true;
  element("fool").setAttribute("aria-expanded", "false");
  showWrong();
}

// The picture, and under it what was drawn and what was read: to a friend, or to one's own files.
function shareFooled() {
  const { box } = digits[0];
  const { best, none, probability } = digits[0].verdict;
  const card = document.createElement("canvas");
  [card.width, card.height] = [2 * PICTURE, 2 * PICTURE + 120];
  const context = card.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, card.width, card.height);
  context.drawImage(pictureOf(box), 0, 0, 2 * PICTURE, 2 * PICTURE);
  context.fillStyle = "#111";
  context.textAlign = "center";
  context.font = "600 34px system-ui, sans-serif";
  context.fillText(`I drew ${asked}.`, PICTURE, 2 * PICTURE + 30);
  context.fillStyle = "#8a4b00";
  context.fillText(`The network read ${none ? "nothing" : best} (${percent(probability)}).`, PICTURE, 2 * PICTURE + 80);
  card.toBlob(async (blob) => {
    const name = `fooled_${asked}_read_as_${none ? "none" : best}.png`;
    const files = [new File([blob], name, { type: "image/png" })];
    if (!navigator.canShare?.({ files })) return save(blob, name);
    await navigator.share({ files }).catch(() => {}); // taken back: then not
  });
}
