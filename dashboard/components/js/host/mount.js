// Streamlit as a host.

import { bytes, close, open } from "./host.js";

/** @import { Host, Kind } from "./host.js" */

/** @typedef {{ data: any, parentElement: any, setStateValue: Host["set"], setTriggerValue: Host["trigger"] }} Call  Streamlit's, with new data */

/**
 * What a component on canvases exports to Streamlit: a function that is called with all new data, and returns how to leave the page.
 * @type {(selector: string, Kind: Kind) => (call: Call) => () => void}
 */
export function mount(selector, Kind) {
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    const root = parentElement.querySelector(selector);
    const callOff = inTheNextTask(() => open({ root, data, bytes, set: setStateValue, trigger: setTriggerValue }, Kind));
    return () => {
      callOff();
      if (!root.isConnected) close(root);
    };
  };
}

/**
 * What a component that draws nothing exports to Streamlit; what `take` returns is called where the call is over.
 * @type {(take: (data: any) => any) => (call: Call) => any}
 */
export function mountHidden(take) {
  return ({ data, parentElement }) => {
    (parentElement.host ?? parentElement).style.display = "none";
    return take(data);
  };
}

/**
 * Do something in the next task, and return how to call it off.
 *
 * Where data change before the code has come, Streamlit asks for the code once more; the browser answers in any order, all calls are made,
 * and those with old data are left in the same task, though the component stays: of these nothing may be seen.
 * @type {(action: () => void) => () => void}
 */
export function inTheNextTask(action) {
  const timer = setTimeout(action);
  return () => clearTimeout(timer);
}
