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
 * What a component tells of itself.
 * @typedef {object} Means
 * @property {string[]} traits  of the model, that are live
 * @property {(model: Model) => any} begin  what it is told at first
 * @property {(data: any, name: string, value: any, stage: any) => any} answer  what it is told after it has handed over a value
 * @property {(data: any, name: string, value: any, stage: any) => [string, any] | null} said  which trait is then set to what
 * @property {(data: any, trait: string, value: any, stage: any) => any} told  what it is told when the kernel sets a trait
 * @property {(data: any, stage: any) => any} arrived  what it is told when bytes have come
 * @property {(data: any) => Record<string, string>} wanted  which bytes it needs at once: their keys, by what they are asked for as
 */

/**
 * What a component on canvases exports to a notebook.
 * @type {(selector: string, Kind: Kind, means: Means) => { render: (call: { model: Model, el: HTMLElement }) => () => void }}
 */
export function inNotebook(selector, Kind, { traits, begin, answer, said, told, arrived, wanted }) {
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
    const show = () => open({ root, data, bytes, set: hand, trigger: hand }, Kind);
    /** What was last said or heard of a trait: a change that this view has made itself is no news. @type {Record<string, string>} */
    const known = Object.fromEntries(traits.map((trait) => [trait, JSON.stringify(model.get(trait))]));
    /** @type {Set<string>} */
    const asked = new Set();
    const heard = traits.map((trait) => ({
      event: `change:${trait}`,
      act: () => note(trait, model.get(trait)) && take(told(data, trait, model.get(trait), root.stage)),
    }));

    /** @type {(trait: string, value: any) => boolean} */
    function note(trait, value) {
      const was = known[trait];
      known[trait] = JSON.stringify(value);
      return known[trait] !== was;
    }

    /** The component hands over a value. It is in the middle of something: it is answered after that. @type {Host["set"]} */
    function hand(name, value) {
      if (name === "wanted") model.send({ wanted: value });
      const next = answer(data, name, value, root.stage);
      const [trait, live] = said(next, name, value, root.stage) ?? [];
      if (trait && note(trait, live)) {
        model.set(trait, live);
        model.save_changes();
      }
      take(next);
    }

    /** @type {(next: any) => void} */
    function take(next) {
      if (next === data) return;
      data = next;
      queueMicrotask(show);
      ask();
    }

    function ask() {
      for (const [name, key] of Object.entries(wanted(data))) {
        if (bytes(key) || asked.has(key)) continue;
        asked.add(key);
        model.send({ wanted: name });
      }
    }

    /** @type {(content: any, buffers: DataView[]) => void} */
    function hear({ failed }, buffers) {
      for (const { buffer, byteOffset, byteLength } of buffers) keep(new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)));
      if (failed) root.stage?.say(failed);
      take(arrived(data, root.stage));
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
    const [red, green, blue, alpha] = channels(getComputedStyle(behind).backgroundColor);
    if (alpha > 127) return red + green + blue < 3 * 128;
  }
  return false;
}

/** Red, green, blue and opacity, 0 to 255, of a colour in whatever way a sheet may write it: marimo has oklch(). @type {(colour: string) => Uint8ClampedArray} */
function channels(colour) {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}

/** The element around another, out of a shadow too. @type {(element: Element) => Element | null} */
function above(element) {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
