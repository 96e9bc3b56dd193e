// The story: steps one after another, each with one sentence, one action and one number. Nothing is asked of the server once it is open.

import { Stage } from "../js/canvas/stage.js";
import { readable } from "../js/engine/numbers.js";
import { filled, prose } from "../js/engine/words.js";
import { mount } from "../js/host/mount.js";
import { shared } from "../js/host/store.js";
import { present } from "./audience.js";
import { Clock } from "./clock.js";
import { listenToStory } from "./keys.js";
import { writeDots, writeList, writeRoute } from "./progress.js";
import { StepStage, Store } from "./step.js";
import { STEPS } from "./steps/index.js";
import { Survey } from "./survey.js";
import { TalkPanel } from "./talk_panel.js";

const OFFER_AFTER = 20000; // ms without action, then "show me" is offered
const SPEAK_AFTER = 700; // ms of quiet before a screen reader speaks
const TAKEN = Symbol("the viewer has taken over");

export class Story extends Stage {
  constructor(root) {
    super(root, "ls");
    this.pages = new Map();
    this.isPresenting = false;
    this.isHeld = true; // nothing else on the page has been used since the story was, or since it opened
    this.clock = new Clock(this);
    this.survey = new Survey(this);
    this.talk = new TalkPanel(this);
    listenToStory(this);
  }

  // ------------------------------------------------------------------ data from Python, or from the page that was exported

  update(host) {
    const { data } = host;
    const isFirst = !this.data;
    this.data = data;
    this.host = host;
    if (isFirst || !data.isExport) this.language = data.language;
    this.readTheme();
    this.write();
    this.receive();
    if (this.page && this.at < 0) this.go(data.order[0]);
    if (this.page) this.tellAddress();
  }

  /** A packet has come: with the last of them the story can be told, and goes on where it was. */
  receive() {
    if (!this.data) return;
    const { packets } = this.data;
    const parts = packets.map((key) => this.host.bytes(key));
    if (parts.some((part) => !part) || packets.join() === this.store?.packets) return;
    this.store = new Store(packets.join(), parts, (name) => this.text("no_part", { name, command: this.data.command }));
    const open = this.page?.stage.name;
    this.leave();
    for (const { section } of this.pages.values()) section.remove();
    this.pages.clear();
    this.page = null;
    this.go(this.data.order.includes(open) ? open : this.firstStep());
    this.root.dataset.ready = "yes";
  }

  get texts() {
    return this.data.texts[this.language];
  }

  has(key) {
    return Boolean(this.texts[key]);
  }

  text(key, values = {}) {
    return filled(this.texts[key] ?? key, (name) => readable(values[name] ?? ""));
  }

  say(sentence) {
    this.find("note").textContent = sentence;
  }

  // ------------------------------------------------------------------ steps

  /** The step that the address asks for, else the one that was open last, else the first. */
  firstStep() {
    const wanted = this.data.isExport ? location.hash.slice(1) : this.data.step;
    return [wanted, shared().storyStep].find((name) => this.data.order.includes(name)) ?? this.data.order[0];
  }

  get at() {
    return this.data.order.indexOf(this.page?.stage.name);
  }

  /** Turn to the step before or after; at either end nothing happens. */
  turn(by) {
    if (this.panel) return this.panel.turn(by);
    const name = this.data.order[this.at + by];
    if (name) this.go(name);
  }

  go(name) {
    this.leave();
    this.survey.view = null;
    this.talk.isOpen = false;
    this.say("");
    this.page = this.pages.get(name) ?? this.build(name);
    this.page.section.hidden = false;
    this.root.dataset.step = name;
    shared().storyStep = name;
    this.tellAddress();
    this.write();
    this.clock.enter();
    this.wait();
  }

  leave() {
    if (!this.page) return;
    this.takeOver();
    const { step, section } = this.page;
    if (step) this.guard(() => step.leave())();
    section.hidden = true;
  }

  build(name) {
    const page = this.make(name);
    this.pages.set(name, page);
    return page;
  }

  /** Lay out a step in its first state. One that fails says so in its own place, and the others work. */
  make(name) {
    const section = this.find("sheet").content.firstElementChild.cloneNode(true);
    this.find("steps").append(section);
    const stage = new StepStage(this, name, section);
    const page = { section, stage, step: null };
    section.hidden = false; // sizes are known only where it is laid out
    try {
      if (!STEPS[name]) throw new Error(this.text("missing_step"));
      page.step = new STEPS[name](stage);
      page.step.reset();
    } catch (error) {
      page.step = null;
      stage.box.textContent = this.worded(error);
    }
    return page;
  }

  enter() {
    const { stage, step } = this.page;
    stage.write();
    if (step) this.guard(() => step.draw())();
  }

  /** The first state again. */
  again() {
    this.takeOver();
    const { stage, step } = this.page;
    for (const fold of this.page.section.querySelectorAll("details")) fold.open = false;
    this.say("");
    stage.restart();
    if (step) this.guard(() => step.reset())();
    this.enter();
    this.clock.enter();
    this.wait();
  }

  resize() {
    if (this.page) this.enter();
  }

  /** Keep the open step in the address, so that a reload or a copied link opens it. */
  tellAddress() {
    const address = new URL(location.href);
    if (this.data.isExport) address.hash = this.page.stage.name;
    else address.searchParams.set("step", this.page.stage.name);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  /** What stands in place of the steps. */
  get panel() {
    return [this.survey, this.talk].find(({ isOpen }) => isOpen);
  }

  /** The other route there is, or nothing where it has no more steps than this one. */
  get otherRoute() {
    const { route, routes, order } = this.data;
    const other = route === "short" ? "long" : "short";
    return routes[other].join() === order.join() ? null : other;
  }

  changeRoute() {
    this.host.trigger("route", this.otherRoute);
  }

  /** Ask for another page of the dashboard. */
  visit(page) {
    present(this, false);
    this.host.trigger("go", page);
  }

  // ------------------------------------------------------------------ words

  write() {
    const { root, data } = this;
    root.lang = this.language;
    for (const name of ["back", "next", "show", "again", "present"]) {
      const help = this.text(name === "present" && this.isPresenting ? "present_leave" : `${name}_help`);
      this.find(name).title = help;
      this.find(name).setAttribute("aria-label", help);
    }
    for (const name of ["back", "next"]) this.find(name).textContent = this.text(name);
    this.find("again").textContent = this.isPresenting ? "↺" : this.text("again"); // before an audience the clock needs the room
    this.find("show").textContent = this.text(this.showing ? "show_stop" : "show");
    this.find("present").textContent = this.isPresenting ? "✕" : this.text("present");
    this.find("language").textContent = this.text("other_language");
    this.find("language").hidden = !data.isExport;
    this.find("keys").textContent = this.text("keys");
    this.find("black").setAttribute("aria-label", this.text("black"));
    this.writeSteps();
    root.dataset.asking = this.talk.isOpen ? "talk" : this.survey.isOpen ? "questions" : "no";
    this.survey.write();
    this.talk.write();
    this.find("plan-talk").textContent = this.text("talk.open");
    this.find("title").textContent = this.at === 0 && !this.panel ? (data.title ?? "") : "";
    if (this.store && this.page) this.enter();
  }

  writeSteps() {
    writeDots(this);
    writeList(this);
    writeRoute(this);
    this.find("back").disabled = this.at <= 0 && !this.panel;
    this.find("next").disabled = this.at >= this.data.order.length - 1 && !this.panel;
  }

  speakLater() {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      if (!this.page || this.panel) return; // in place of the step there is a panel
      const words = ["number", "meaning", "said"].map((part) => this.page.stage.find(part).textContent);
      const [spoken, line] = [this.find("spoken"), prose(words)];
      if (spoken.textContent !== line) spoken.textContent = line; // the same words written again would be read again
    }, SPEAK_AFTER);
  }

  // ------------------------------------------------------------------ show me

  /** Nothing was done for a while: offer to do it. */
  wait() {
    clearTimeout(this.waiting);
    this.root.dataset.offer = "no";
    this.waiting = setTimeout(() => (this.root.dataset.offer = "yes"), this.data.patience ?? OFFER_AFTER);
  }

  settle(stage) {
    if (stage !== this.page?.stage) return;
    clearTimeout(this.waiting);
    this.waiting = null;
    this.root.dataset.offer = "no";
  }

  /** The action performs itself, until it is over or somebody takes over. */
  async showMe() {
    if (this.showing || !this.page.step) {
      this.takeOver();
      return;
    }
    const showing = { isOver: false };
    this.showing = showing;
    this.settle(this.page.stage);
    this.write();
    const pause = (ms) =>
      new Promise((resolve, reject) => setTimeout(() => (showing.isOver ? reject(TAKEN) : resolve()), showing.isOver ? 0 : ms));
    try {
      await this.page.step.show(pause);
    } catch (error) {
      if (error !== TAKEN) this.say(this.worded(error));
    }
    if (this.showing === showing) this.takeOver();
  }

  /** The hand has it from here on. */
  takeOver() {
    if (!this.showing) return;
    this.showing.isOver = true;
    this.showing = null;
    this.find("show").textContent = this.text("show");
  }

  switchLanguage() {
    const names = Object.keys(this.data.texts);
    this.language = names[(names.indexOf(this.language) + 1) % names.length];
    this.write();
  }
}

export default mount(".ls", Story);
