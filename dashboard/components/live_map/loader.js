// Carries bytes to the browser once per page load and keeps them through page switches; draws nothing.
// Streamlit hands bytes on only where they are the whole of `data`: a length, a JSON header, then the parts one after another.

const MOST_PARTS = 18; // each run has up to six, of megabytes

export default function ({ data, parentElement }) {
  const store = (globalThis[Symbol.for("latent-lens")] ??= { parts: new Map(), waiting: new Set() });
  (parentElement.host ?? parentElement).style.display = "none";
  if (!(data instanceof Uint8Array)) return;
  const start = 4 + new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
  const { key, sizes, ...facts } = JSON.parse(new TextDecoder().decode(data.subarray(4, start)));
  if (store.parts.has(key)) return;
  let at = start;
  const parts = sizes.map(([name, size]) => [name, data.subarray(at, (at += size))]);
  while (store.parts.size >= MOST_PARTS) store.parts.delete(store.parts.keys().next().value);
  store.parts.set(key, { ...facts, ...Object.fromEntries(parts) });
  for (const wake of [...store.waiting]) wake(key);
}
//# sourceURL=loader.js
