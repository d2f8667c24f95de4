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
