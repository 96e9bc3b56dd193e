// One HTML file as a host: what is shown lies in its element "told", the bytes in those of the class "packet"; no server is asked.

import { open } from "./host.js";
import { shared, unpacked } from "./store.js";

/** @import { Host, Kind } from "./host.js" */

/** @type {(data: any) => any} */
const same = (data) => data;

/** @type {(element: Element | null) => string} */
const text = (element) => element?.textContent ?? "";

/**
 * Open a component on what the file holds, and again when the browser's theme changes.
 * @type {(selector: string, Kind: Kind, means?: { begin?: (data: any) => any, answer?: (data: any, name: string, value: any, stage: any) => any }) => void}
 *   begin: makes of what the file says what the component is told at first; answer: returns what it is told after it has handed over a
 *   value, the same data where nothing follows from it
 */
export function openAlone(selector, Kind, { begin = same, answer = same } = {}) {
  const packets = [...document.querySelectorAll(".packet")].map((element) =>
    Uint8Array.from(atob(text(element)), (letter) => letter.charCodeAt(0)),
  );
  const parts = new Map(packets.map(unpacked));
  const bytes = (/** @type {string} */ key) => parts.get(key) ?? shared().parts.get(key);
  const root = /** @type {Host["root"]} */ (document.querySelector(selector));
  let data = begin(JSON.parse(text(document.getElementById("told"))));
  const show = () => open({ root, data, bytes, set, trigger: set }, Kind);
  /** The component is in the middle of something: it is answered after that. @type {(name: string, value: any) => void} */
  function set(name, value) {
    const next = answer(data, name, value, root.stage);
    if (next === data) return;
    data = next;
    queueMicrotask(show);
  }
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
}
