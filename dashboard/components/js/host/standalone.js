// One HTML file as a host: what is shown lies in its element "told", the bytes in "packet"; nothing is asked of a server.

import { bytes, open } from "./mount.js";
import { keep } from "./store.js";

/**
 * Open a component in the first language of the browser that its texts are in, and again when the browser's theme changes.
 * @type {(selector: string, Kind: new (root: HTMLElement) => any) => void}
 */
export function openAlone(selector, Kind) {
  const text = (/** @type {string} */ id) => document.getElementById(id)?.textContent ?? "";
  keep(Uint8Array.from(atob(text("packet")), (letter) => letter.charCodeAt(0)));
  const data = JSON.parse(text("told"));
  data.language = Object.keys(data.texts).find((name) => navigator.language.startsWith(name)) ?? data.language;
  const root = /** @type {HTMLElement} */ (document.querySelector(selector));
  const show = () => open({ root, data, bytes, set() {}, trigger() {} }, Kind);
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
}
