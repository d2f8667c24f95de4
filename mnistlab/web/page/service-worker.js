// Keeps a copy of the page, so that it opens without a network. The network comes first: the copy is
// only shown where there is none, or where it does not answer in time. The name of the copy changes
// with the page, and belongs to this address: other pages of the same host keep theirs.
const OURS = `mnistlab ${self.registration.scope} `;
const COPY = `${OURS}$version`;
const PAGE = "./";
const OTHERS = ["manifest.webmanifest"];
const PATIENCE = 3000; // milliseconds
const absolute = (file) => new URL(file, self.registration.scope);
const fresh = (file) => new Request(file, { cache: "reload" }); // not what the browser kept

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(COPY)
      .then((copy) => copy.addAll([PAGE, ...OTHERS].map(fresh)))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(remove((name) => name !== COPY).then(() => self.clients.claim()));
});

async function remove(which) {
  const ours = (await caches.keys()).filter((name) => name.startsWith(OURS));
  return Promise.all(ours.filter(which).map((name) => caches.delete(name)));
}

// Of all that is asked for, only the page itself (with any ?query) and its manifest are answered.
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const is = (file) => origin === self.location.origin && pathname === absolute(file).pathname;
  const file = [PAGE, "index.html"].some(is) ? PAGE : OTHERS.find(is);
  if (event.request.method === "GET" && file) event.respondWith(answer(event, file));
});

async function answer(event, file) {
  const kept = await (await caches.open(COPY)).match(file);
  const asked = fetch(event.request, { cache: "no-cache" });
  if (file === PAGE) event.waitUntil(asked.then(leaveIfGone, () => {}));
  if (!kept) return asked;
  const late = new Promise((done) => setTimeout(done, PATIENCE, kept.clone()));
  return Promise.race([asked.catch(() => kept), late]);
}

// Where another page stands now, or none, this worker has nothing more to do.
async function leaveIfGone(response) {
  if (!response.status || response.status >= 500) return; // a portal asks for a name, or the server is ill
  const copy = response.clone();
  const here = response.ok && (await copy.text()).includes('<meta name="generator" content="mnistlab">');
  if (here) return;
  await self.registration.unregister();
  await remove(() => true);
}
