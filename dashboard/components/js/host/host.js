// What a component knows of where it lives, whoever opens it: a page of the dashboard, one HTML file, or a notebook.

import { shared } from "./store.js";

/**
 * The contract between a component and its host.
 * @typedef {object} Host
 * @property {HTMLElement & { stage?: any }} root  the element in which the component lives, and the component
 * @property {any} data  what it shows
 * @property {(key: string) => any} bytes  the packet of a key where it has come
 * @property {(name: string, value: any) => void} set  hands over a value that the host keeps
 * @property {(name: string, value: any) => void} trigger  hands over a value that the host hears of once
 */

/** @typedef {new (root: HTMLElement) => any} Kind  the class of a component */

/**
 * Open a component in its host once, and hand it what the host has to say at each call; what goes wrong is said in its place.
 * @type {(host: Host, Kind: Kind) => void}
 */
export function open(host, Kind) {
  const { root } = host;
  try {
    root.stage ??= new Kind(root);
    root.stage.guard(() => root.stage.update(host))();
  } catch (error) {
    root.textContent = /** @type {Error} */ (error).message;
  }
}

/** The component leaves the page. @type {(root: Host["root"]) => void} */
export function close(root) {
  root.stage?.leaving.abort();
  root.stage = null;
}

/** The packet that has come under a key. @type {Host["bytes"]} */
export function bytes(key) {
  return shared().parts.get(key);
}
