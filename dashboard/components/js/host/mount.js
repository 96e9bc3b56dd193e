// How a host opens a component, and Streamlit as a host.

import { shared } from "./store.js";

/**
 * What a component knows of where it lives.
 * @typedef {object} Host
 * @property {HTMLElement & { stage?: any }} root  the element in which the component lives, and the component
 * @property {any} data  what it shows
 * @property {(key: string) => any} bytes  the packet of a key where it has come
 * @property {(name: string, value: any) => void} set  hands over a value that the host keeps
 * @property {(name: string, value: any) => void} trigger  hands over a value that the host hears of once
 */

/** @typedef {new (root: HTMLElement) => any} Kind  the class of a component */
/** @typedef {{ data: any, parentElement: any, setStateValue: Host["set"], setTriggerValue: Host["trigger"] }} Call  Streamlit's, with new data */

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

/**
 * What a component on canvases exports to Streamlit: a function that is called with all new data, and returns how to leave the page.
 * @type {(selector: string, Kind: Kind) => (call: Call) => () => void}
 */
export function mount(selector, Kind) {
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    const root = parentElement.querySelector(selector);
    open({ root, data, bytes, set: setStateValue, trigger: setTriggerValue }, Kind);
    return () => {
      root.stage?.leaving.abort();
      root.stage = null;
    };
  };
}

/** What a component that draws nothing exports to Streamlit. @type {(take: (data: any) => void) => (call: Call) => void} */
export function mountHidden(take) {
  return ({ data, parentElement }) => {
    (parentElement.host ?? parentElement).style.display = "none";
    take(data);
  };
}

/** The packet that has come under a key. @type {Host["bytes"]} */
export function bytes(key) {
  return shared().parts.get(key);
}
