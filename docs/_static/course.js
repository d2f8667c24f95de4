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
