// A notebook as a host, by anywidget: live values are those of the widget's model, bytes come as messages that were asked for.

import { bytes, close, open } from "./host.js";
import { keep } from "./store.js";

/** @import { Host, Kind } from "./host.js" */

/**
 * The widget in the kernel, as anywidget hands it over.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(content: any) => void} send
 * @property {(event: string, act: (...told: any[]) => void) => void} on
 * @property {(event: string, act: (...told: any[]) => void) => void} off
 */

/**
 * What a component tells of itself: how data begin, from the model; what it is told after it has handed over a value; which value of the
 * model a value of its is, and what it is told when the kernel sets that; and which bytes it cannot do without, of the data that it is told.
 * @typedef {{ begin: (model: Model) => any, answer: (data: any, name: string, value: any) => any, live: Record<string, string>,
 *   told: (data: any, name: string, value: any) => any, wanted: (data: any) => Record<string, string> }} Means
 */

/**
 * What a component on canvases exports to a notebook.
 * @type {(selector: string, Kind: Kind, means: Means) => { render: (call: { model: Model, el: HTMLElement }) => () => void }}
 */
export function inNotebook(selector, Kind, { begin, answer, live, told, wanted }) {
  return { render };

  /** @type {(call: { model: Model, el: HTMLElement }) => () => void} */
  function render({ model, el }) {
    const place = document.createElement("div");
    place.dataset.lmSuppressShortcuts = "true"; // JupyterLab's single keys are the map's own while it has the focus
    const inside = place.attachShadow({ mode: "open" });
    inside.innerHTML = `<style>${model.get("style")}</style>${model.get("markup")}`;
    el.append(place);
    const root = /** @type {Host["root"]} */ (inside.querySelector(selector));
    let data = begin(model);
    const show = () => open({ root, data, bytes, set, trigger }, Kind);
    /** What was last told or heard of a live value: a change that this view has made itself is no news. @type {Record<string, string>} */
    const known = Object.fromEntries(Object.values(live).map((trait) => [trait, JSON.stringify(model.get(trait))]));
    /** @type {Set<string>} */
    const asked = new Set();
    const heard = Object.entries(live).map(([name, trait]) => ({
      event: `change:${trait}`,
      act: () => note(trait, model.get(trait)) && take(told(data, name, model.get(trait))),
    }));

    /** @type {(trait: string, value: any) => boolean} */
    function note(trait, value) {
      const was = known[trait];
      known[trait] = JSON.stringify(value);
      return known[trait] !== was;
    }

    /** The component is in the middle of something: it is answered after that. @type {Host["set"]} */
    function set(name, value) {
      const trait = live[name];
      if (trait) {
        note(trait, value);
        model.set(trait, value);
        model.save_changes();
      }
      take(answer(data, name, value));
    }

    /** @type {(next: any) => void} */
    function take(next) {
      if (next === data) return;
      data = next;
      queueMicrotask(show);
      ask();
    }

    /** @type {Host["trigger"]} */
    function trigger(name, value) {
      model.send({ [name]: value });
    }

    function ask() {
      for (const [name, key] of Object.entries(wanted(data))) {
        if (bytes(key) || asked.has(key)) continue;
        asked.add(key);
        trigger("wanted", name);
      }
    }

    /** @type {(content: any, buffers: DataView[]) => void} */
    function hear({ said }, buffers) {
      for (const { buffer, byteOffset, byteLength } of buffers) keep(new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)));
      if (said) root.stage?.say(said);
    }

    for (const { event, act } of heard) model.on(event, act);
    model.on("msg:custom", hear);
    const unwatch = watchTheme(place, show);
    show();
    ask();
    return () => {
      for (const { event, act } of heard) model.off(event, act);
      model.off("msg:custom", hear);
      unwatch();
      close(root);
      place.remove();
    };
  }
}

/**
 * Let an element be light or dark as what lies behind it, which every notebook says in its own way, and tell when that changes.
 * @type {(place: HTMLElement, changed: () => void) => () => void}
 */
function watchTheme(place, changed) {
  const look = () => {
    const scheme = isDark(place.parentElement) ? "dark" : "light";
    if (place.dataset.scheme === scheme) return;
    place.dataset.scheme = scheme;
    changed();
  };
  const watch = new MutationObserver(look);
  for (const element of [document.documentElement, document.body]) watch.observe(element, { attributes: true });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", look);
  look();
  return () => {
    watch.disconnect();
    query.removeEventListener("change", look);
  };
}

/** Whether the nearest ground behind an element is dark; where nothing is painted, a page is white. @type {(element: Element | null) => boolean} */
function isDark(element) {
  for (let behind = element; behind; behind = above(behind)) {
    const [red, green, blue, alpha = 1] = (getComputedStyle(behind).backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
    if (alpha > 0.5) return red + green + blue < 3 * 128;
  }
  return false;
}

/** The element around another, out of a shadow too. @type {(element: Element) => Element | null} */
function above(element) {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
