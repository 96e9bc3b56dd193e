// Streamlit as a host.

import { bytes, close, open } from "./host.js";

/** @import { Host, Kind } from "./host.js" */

/** @typedef {{ data: any, parentElement: any, setStateValue: Host["set"], setTriggerValue: Host["trigger"] }} Call  Streamlit's, with new data */

/**
 * What a component on canvases exports to Streamlit: a function that is called with all new data, and returns how to leave the page.
 *
 * Where new data comes while Streamlit still loads the code, it makes both calls and then leaves the first, before or after the second: the
 * component stays where another call has followed.
 * @type {(selector: string, Kind: Kind) => (call: Call) => () => void}
 */
export function mount(selector, Kind) {
  /** @type {WeakMap<HTMLElement, Call>} */
  const latest = new WeakMap();
  return (call) => {
    const { data, parentElement, setStateValue, setTriggerValue } = call;
    const root = parentElement.querySelector(selector);
    latest.set(root, call);
    open({ root, data, bytes, set: setStateValue, trigger: setTriggerValue }, Kind);
    return () => {
      if (latest.get(root) === call) close(root);
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
