// What the explorers share: it stands before each one's own code.

const escaped = (text) => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

// Numbers that Python sent as bytes: copied, for they may start anywhere.
function numbers(Kind, view) {
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function card(el, name, html) {
  const root = document.createElement("div");
  root.className = `mnistlab-explorer mnistlab-${name}`;
  root.innerHTML = `${html}<p class="hidden" role="status" aria-live="polite"></p>`;
  el.append(root);
  return root;
}

// Draw now, and whenever one of these values is set; what is returned ends it.
function follow(model, names, draw) {
  for (const name of names) model.on(`change:${name}`, draw);
  draw();
  return () => names.forEach((name) => model.off(`change:${name}`, draw));
}

