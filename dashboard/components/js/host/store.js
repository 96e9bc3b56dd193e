// What outlives a page switch: bytes by key, and who waits for them.

const MOST_PARTS = 24; // each run has up to eight, of megabytes, which a map lives on
// Light ones, of which there are as many as columns, images and cells: none of them drives out another kind.
/** @type {Record<string, number>} */
const MOST = { column: 12, row: 8, field: 4 };

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
  const kind = kindOf(key);
  const kin = [...store.parts.keys()].filter((one) => kindOf(one) === kind);
  for (const old of kin.slice(0, Math.max(0, kin.length + 1 - (MOST[kind] ?? MOST_PARTS)))) store.parts.delete(old);
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

/** The kind of a packet that is counted by itself, or "". @type {(key: string) => string} */
function kindOf(key) {
  const kind = key.split("/")[1];
  return Object.hasOwn(MOST, kind) ? kind : "";
}
