// A box that scrolls sideways must be reachable with the keyboard, or its end cannot be read.
for (const box of document.querySelectorAll("div.highlight pre, .table-wrapper, .cell_output > *")) {
  if (box.scrollWidth > box.clientWidth) {
    box.tabIndex = 0;
  }
}
