// A box that scrolls sideways must be reachable with the keyboard, or its end cannot be read. Whether
// it scrolls shows when it gets its size: when the page is laid out, the window turned, a fold opened.
const sized = new ResizeObserver((entries) => {
  for (const { target: box } of entries) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    }
  }
});
for (const box of document.querySelectorAll("div.highlight pre, .table-wrapper, .cell_output > *")) {
  sized.observe(box);
}

// How far each notebook was read: kept in this browser, sent nowhere, shown in the menu.
const KEY = "mnistlab-read";
const here = location.pathname.match(/\/notebooks\/(\d\d_\w+)\.html$/)?.[1];
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // storage is switched off, or holds something else
  }
}
function showRead() {
  const shares = read();
  for (const link of document.querySelectorAll(".sidebar-tree a.reference")) {
    const share = shares[link.href.match(/\/notebooks\/(\d\d_\w+)\.html/)?.[1]] ?? 0;
    link.querySelector(".read")?.remove();
    if (share >= 0.1) {
      const mark = document.createElement("span");
      mark.className = "read";
      mark.textContent = share > 0.95 ? "read" : `${Math.round(share * 10)}0 %`;
      link.append(" ", mark);
    }
  }
}
function keepRead() {
  const box = document.querySelector("article").getBoundingClientRect();
  const share = Math.min(1, (innerHeight - box.top) / box.height);
  const shares = read();
  if (share > (shares[here] ?? 0)) {
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...shares, [here]: share }));
    } catch {
      return;
    }
    showRead();
  }
}
if (here) {
  addEventListener("scrollend", keepRead);
}
showRead();

// Explorers without a kernel: the widget's own script, loaded when it comes into view, with the state
// that Python would have sent. What it writes back stays here.
const boxes = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    boxes.unobserve(target);
    const script = document.createElement("script");
    script.src = target.dataset.script;
    document.head.append(script);
  }
}, { rootMargin: "600px" });
for (const box of document.querySelectorAll(".live")) boxes.observe(box);

globalThis.mnistlabLive = async (name, css, packed, widget) => {
  const box = document.querySelector(`.live[data-script$="${name}.js"]`);
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const state = JSON.parse(await inflated(packed), (_, part) => (part?.base64 ? bytes(part.base64) : part));
  const el = document.createElement("div");
  box.replaceChildren(el);
  widget().render({ model: stored(state), el });
};
const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
function inflated(base64) {
  const stream = new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}
// What a widget asks of its model, without a kernel behind it.
function stored(state) {
  const listeners = new EventTarget();
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      listeners.dispatchEvent(new Event(`change:${name}`));
    },
    save_changes() {},
    on: (event, act) => listeners.addEventListener(event, act),
    off: (event, act) => listeners.removeEventListener(event, act),
  };
}

// The reader's page tells how high it is: then its frame is at least as high, whatever is unfolded.
const frames = [...document.querySelectorAll("iframe.try")];
addEventListener("message", ({ source, data }) => {
  const frame = frames.find(({ contentWindow }) => contentWindow === source);
  if (frame && data.height > 0) frame.style.minHeight = `${Math.ceil(data.height) + 2}px`; // two borders
});
for (const { contentWindow } of frames) contentWindow?.postMessage("how high?", "*"); // if it is there already

// Widgets ask JupyterLab whether its theme is light; here the page's own switch answers.
const dark = matchMedia("(prefers-color-scheme: dark)");
function theme() {
  const { theme } = document.body.dataset;
  document.body.dataset.jpThemeLight = !(theme === "dark" || (theme !== "light" && dark.matches));
}
theme();
dark.addEventListener("change", theme);
new MutationObserver(theme).observe(document.body, { attributeFilter: ["data-theme"] });
