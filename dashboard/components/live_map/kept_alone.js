// Sets that are kept where no Python keeps them: in the address of the page, behind its "#", and where they are too many, until it closes.

import { refuse } from "../js/engine/refusal.js";
import { toText } from "../js/engine/sets.js";
import { shared } from "../js/host/store.js";

const MOST = 8; // as vae_core/runs/selections.py has it
const NAME = /^[^\p{C}]{1,80}$/u;
const LONGEST = 100_000; // letters behind the "#"; browsers take more, what one pastes a link into does not
const START = "#sets=";

/** @typedef {{ name: string, colour: number, bits: string }} Kept  eight points to a byte, as base64 */

/** The sets that an address holds, of so many points; what are no such sets is left out. @type {(hash: string, points: number) => Kept[]} */
export function keptIn(hash, points) {
  const size = Math.ceil(points / 8);
  try {
    const read = hash.startsWith(START) ? JSON.parse(decodeURIComponent(hash.slice(START.length))) : [];
    const kept = read.map(([name, colour, bits]) => ({ name, colour, bits }));
    return kept.slice(0, MOST).filter((one, n) => isKept(one, size) && kept.findIndex(({ name }) => name === one.name) === n);
  } catch {
    return []; // somebody has changed the address
  }
}

function isKept({ name, colour, bits }, size) {
  const isNamed = typeof name === "string" && NAME.test(name) && name.trim();
  return isNamed && Number.isInteger(colour) && colour >= 0 && colour < MOST && typeof bits === "string" && atob(bits).length === size;
}

/** What the address says of sets; nothing where they are too large for one. @type {(kept: Kept[]) => string} */
export function inAddress(kept) {
  const text = kept.length ? START + encodeURIComponent(JSON.stringify(kept.map(({ name, colour, bits }) => [name, colour, bits]))) : "";
  return text.length <= LONGEST ? text : "";
}

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** What the map is told of kept sets: their list, and the key of the packet of their marks. */
export function toldOf(kept) {
  const store = shared();
  if (!kept.length) return { kept, list: [], packet: "" };
  const parts = kept.map(({ bits }) => bytesOf(bits));
  const marks = new Uint8Array(8 * parts[0].length);
  const sizes = parts.map((bytes, bit) => {
    let n = 0;
    for (let at = 0; at < marks.length; at++) {
      if (!((bytes[at >> 3] >> (7 - (at & 7))) & 1)) continue;
      marks[at] |= 1 << bit;
      n++;
    }
    return n;
  });
  store.kept = (store.kept ?? 0) + 1;
  store.parts.set(`sets/${store.kept}`, { marks });
  return { kept, list: kept.map(({ name, colour }, n) => ({ name, colour, n: sizes[n] })), packet: `sets/${store.kept}` };
}

/** The sets after something was done to them; null where it is none of these. @throws {import("../js/engine/refusal.js").Refusal} it cannot be done */
export function changed(kept, { do: act, name, to, colour }, shown) {
  const at = kept.findIndex((one) => one.name === name);
  if (act === "remove") return kept.filter((_, n) => n !== at);
  if (act === "rename") {
    check(to);
    if (to !== name && kept.some((one) => one.name === to)) refuse("set_taken", { name: to });
    return kept.map((one, n) => (n === at ? { ...one, name: to, colour } : one));
  }
  if (act !== "keep" || !shown) return null;
  check(name);
  const made = { name, colour: kept[at]?.colour ?? colour ?? 0, bits: toText(shown) };
  if (at < 0 && kept.length === MOST) refuse("set_most", { most: MOST });
  return at < 0 ? [...kept, made] : kept.with(at, made);
}

function check(name) {
  if (!NAME.test(name)) refuse("set_no_name");
}
