// Keeps a copy of the page, so that it opens without a network. The name of the copy changes with
// the page: a new page replaces the old copy. Other pages of the same host keep theirs.
const OURS = `mnistlab ${self.registration.scope} `;
const COPY = `${OURS}$version`;
const FILES = ["./", "index.html", "manifest.webmanifest", "icon.svg"];
const fresh = (file) => new Request(file, { cache: "reload" }); // not what the browser kept

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(COPY).then((copy) => copy.addAll(FILES.map(fresh))).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(OURS) && name !== COPY;
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  event.respondWith(
    caches.open(COPY)
      .then((copy) => copy.match(event.request))
      .then((kept) => kept ?? fetch(event.request)),
  );
});
