// How a host opens a component, and Streamlit as a host.
//
// A host is {root, data, bytes(key), set(name, value), trigger(name, value)}: the element in which the component lives, what it shows, the
// packet of a key where it has come, a value that the host keeps, and a value that it hears of once.

import { shared } from "./store.js";

/** Open a component in its host once, and hand it what the host has to say at each call; what goes wrong is said in its place. */
export function open(host, Kind) {
  const { root } = host;
  try {
    root.stage ??= new Kind(root);
    root.stage.guard(() => root.stage.update(host))();
  } catch (error) {
    root.textContent = error.message;
  }
}

/** What a component on canvases exports to Streamlit: a function that is called with all new data, and returns how to leave the page. */
export const mount =
  (selector, Kind) =>
  ({ data, parentElement, setStateValue, setTriggerValue }) => {
    const root = parentElement.querySelector(selector);
    open({ root, data, bytes, set: setStateValue, trigger: setTriggerValue }, Kind);
    return () => {
      root.stage?.leaving.abort();
      root.stage = null;
    };
  };

/** What a component that draws nothing exports to Streamlit. */
export const mountHidden =
  (take) =>
  ({ data, parentElement }) => {
    (parentElement.host ?? parentElement).style.display = "none";
    take(data);
  };

/** The packet that has come under a key. */
export function bytes(key) {
  return shared().parts.get(key);
}
