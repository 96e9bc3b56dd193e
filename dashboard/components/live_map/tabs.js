// The inspector's tabs (the pattern of WAI-ARIA: arrow keys choose, Tab goes on into the panel).

import { lacks } from "./answer.js";

export class Tabs {
  constructor(liveMap) {
    this.liveMap = liveMap;
    this.list = liveMap.find("tabs");
    this.tabs = [...this.list.children];
    liveMap.on("tabs", "click", (event) => this.choose(event.target.closest("[data-tab]")?.dataset.tab));
    liveMap.on("tabs", "keydown", (event) => this.pressed(event));
  }

  open() {
    const { liveMap } = this;
    if (liveMap.isLanding) return;
    this.list.setAttribute("aria-label", liveMap.text("tabs"));
    this.tabs.find((tab) => tab.dataset.tab === "draw").hidden = lacks(liveMap.data, "draw");
    const isSampling = liveMap.data.preset === "sample";
    this.tabs.find((tab) => tab.dataset.tab === "sets").hidden = isSampling || !liveMap.data.sets; // there is no map, or nobody to keep them
    this.tabs.find((tab) => tab.dataset.tab === "samples").hidden = isSampling; // there the draws have the place of the map
    this.show(liveMap.setup.get("tab"));
  }

  choose(name) {
    if (!name) return;
    this.liveMap.setup.set({ tab: name });
    this.show(name);
  }

  show(name) {
    const { liveMap } = this;
    const shown = this.tabs.find((tab) => tab.dataset.tab === name && !tab.hidden) ?? this.tabs[0];
    for (const tab of this.tabs) {
      const isShown = tab === shown;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      liveMap.find(`panel_${tab.dataset.tab}`).hidden = !isShown;
    }
    this.shown = liveMap.root.dataset.panel = shown.dataset.tab;
    if (this.shown === "draw") liveMap.drawing.setOpen(true);
    liveMap.samples.request();
    liveMap.sets.shownOn(this.shown === "sets");
    liveMap.invalidate();
  }

  pressed(event) {
    const tabs = this.tabs.filter((tab) => !tab.hidden);
    const at = tabs.findIndex((tab) => tab.dataset.tab === this.shown);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const tab = tabs[(to + tabs.length) % tabs.length];
    this.choose(tab.dataset.tab);
    tab.focus();
  }
}
