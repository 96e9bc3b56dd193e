// Keys and buttons of the story. A clicker sends PageDown and PageUp to wherever the focus is; r and c mean something to Streamlit.

import { blacken, isBlack, present } from "./audience.js";
import { listenToPrinter } from "./handout.js";

const ACTIONS = {
  back: (story) => story.turn(-1),
  next: (story) => story.turn(1),
  show: (story) => story.panel || story.showMe(),
  again: (story) => story.panel || story.again(),
  talk: (story) => story.talk.open(),
  survey: (story) => story.survey.open(),
  language: (story) => story.switchLanguage(),
  route: (story) => story.changeRoute(),
  present: (story) => present(story, !story.isPresenting),
};
const KEYS = { PageUp: "back", PageDown: "next", Home: "again", s: "show", p: "present" };

/** Listen until the story leaves the page. */
export function listenToStory(story) {
  const { signal } = story.leaving;
  const on = (target, name, action, options) => target.addEventListener(name, story.guard(action), { ...options, signal });
  story.on("", "click", (event) => {
    const button = event.target.closest("[data-do], [data-go]");
    if (!button || !story.page) return;
    if (button.dataset.go) story.go(button.dataset.go);
    else ACTIONS[button.dataset.do](story);
  });
  story.on("list", "change", (event) => story.go(event.target.value));
  story.on("black", "click", () => blacken(story, false));
  for (const name of ["pointerdown", "keydown", "input"]) {
    story.on("steps", name, (event) => touched(story, event), { capture: true });
  }
  // A button that goes or is taken away while it has the focus leaves it to nobody; the keys then still are the story's.
  for (const name of ["focusin", "pointerdown"]) {
    on(globalThis, name, (event) => (story.isHeld = event.composedPath().includes(story.root)), { capture: true });
  }
  // Before the page's own keys, and before a slider takes PageDown for itself.
  on(globalThis, "keydown", (event) => pressedKey(story, event), { capture: true });
  story.on("", "keydown", (event) => event.key.length === 1 && !isShortcut(event) && event.stopPropagation());
  listenToPrinter(story);
  on(document, "fullscreenchange", () => {
    if (!document.fullscreenElement) present(story, false);
  });
  story.leaving.signal.addEventListener("abort", () => {
    for (const timer of [story.waiting, story.speaking]) clearTimeout(timer);
    story.clock.stop();
    story.takeOver();
    if (story.page?.step) story.page.step.leave();
  });
}

const isWriting = (event) => event.key !== "Escape" && event.composedPath()[0]?.matches?.("input[type=text], textarea");
const isShortcut = (event) => event.ctrlKey || event.metaKey || event.altKey;

/** The hand is on the step: what showed itself stops, and the wait for an action begins anew. */
function touched(story, event) {
  if (!event.isTrusted || !story.page) return;
  if (event.target.closest(".ls-box, .ls-more")) story.takeOver();
  if (story.waiting) story.wait();
}

function pressedKey(story, event) {
  if (!story.page || isShortcut(event) || isWriting(event)) return;
  const isOurs = story.isPresenting || story.data.isExport || story.isHeld || event.composedPath().includes(story.root);
  if (!isOurs) return;
  const stop = () => {
    event.preventDefault();
    event.stopPropagation();
  };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (isBlack(story)) {
    stop();
    blacken(story, false);
  } else if (key === "b" || key === ".") {
    stop();
    blacken(story, true);
  } else if (key === "Escape" && story.panel) {
    stop();
    story.panel.close();
  } else if (key === "Escape" && story.isPresenting) {
    stop();
    present(story, false);
  } else if (KEYS[key]) {
    stop();
    ACTIONS[KEYS[key]](story);
  } else if (key.length === 1 && !event.composedPath().includes(story.root)) event.stopPropagation();
}
