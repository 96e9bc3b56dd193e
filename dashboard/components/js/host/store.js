// What outlives a page switch: bytes by key, and who waits for them.

const MOST_PARTS = 24; // each run has up to eight, of megabytes
const MOST_COLUMNS = 12; // of points, light and many: none of them drives out what the map lives on

/** The one store of the page; components keep more in it that is to outlive them. @type {() => Record<string, any>} */
export function shared() {
  const page = /** @type {Record<symbol, any>} */ (globalThis);
  return (page[Symbol.for("latent-lens")] ??= { parts: new Map(), waiting: new Set() });
}

/**
 * Keep a packet under its own key, once, and wake who waits for it.
 * @type {(packet: Uint8Array) => void}
 */
export function keep(packet) {
  const store = shared();
  const [key, parts] = unpacked(packet);
  if (store.parts.has(key)) return;
  const kin = [...store.parts.keys()].filter((one) => isColumn(one) === isColumn(key));
  for (const old of kin.slice(0, Math.max(0, kin.length + 1 - (isColumn(key) ? MOST_COLUMNS : MOST_PARTS)))) store.parts.delete(old);
  store.parts.set(key, parts);
  for (const wake of [...store.waiting]) wake(key);
}

/**
 * The key of a packet, and its facts and parts by name: a length, a JSON header, then the parts one after another.
 * @type {(packet: Uint8Array) => [string, Record<string, any>]}
 */
export function unpacked(packet) {
  const start = 4 + new DataView(packet.buffer, packet.byteOffset, 4).getUint32(0, true);
  const { key, sizes, ...facts } = JSON.parse(new TextDecoder().decode(packet.subarray(4, start)));
  let at = start;
  const parts = sizes.map((/** @type {[string, number]} */ [name, size]) => [name, packet.subarray(at, (at += size))]);
  return [key, { ...facts, ...Object.fromEntries(parts) }];
}

/** @type {(key: string) => boolean} */
const isColumn = (key) => key.split("/")[1] === "column";
