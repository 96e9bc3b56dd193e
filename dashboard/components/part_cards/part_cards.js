// The parts of Inspect as cards, one of which is chosen: a drawing, the part's name, the question that it answers, and how far it is.

import { Stage } from "../js/canvas/stage.js";
import { mount } from "../js/host/mount.js";
import { drawingOf, miniatureOf } from "./drawings.js";

export class PartCards extends Stage {
  constructor(root) {
    super(root, "pc");
    this.cards = new Map();
    this.on("cards", "change", ({ target }) => this.host.trigger("part", target.value));
  }

  update(host) {
    this.host = host;
    this.data = host.data;
    this.write();
    this.find("cards").setAttribute("aria-label", this.text("choose"));
    for (const part of this.data.parts) this.fill(this.cards.get(part.key) ?? this.card(part.key), part);
  }

  card(key) {
    const label = Object.assign(document.createElement("label"), { className: "pc-card" });
    const words = ["name", "question", "state"].map((name) => `<span class="pc-${name}" id="pc-${key}-${name}"></span>`).join("");
    label.innerHTML = `<input type="radio" name="pc-part" value="${key}">${drawingOf(key)}<span>${words}</span><span class="pc-bar"></span>`;
    label.querySelector("input").setAttribute("aria-describedby", `pc-${key}-question pc-${key}-state`);
    this.find("cards").append(label);
    this.cards.set(key, label);
    return label;
  }

  fill(card, { key, name, question, state, words, share, shapes }) {
    this.draw(card, key, shapes);
    const part = (name) => card.querySelector(`.pc-${name}`);
    const input = card.querySelector("input");
    input.setAttribute("aria-label", name);
    input.checked = key === this.data.chosen;
    part("name").textContent = name;
    part("question").textContent = question;
    part("state").textContent = words;
    part("state").dataset.state = state;
    part("bar").style.width = `${100 * share}%`;
  }

  /** What was found, small; a drawing where there is nothing that small. */
  draw(card, key, shapes) {
    const told = JSON.stringify(shapes);
    if (card.dataset.shapes === told) return;
    card.dataset.shapes = told;
    const old = card.querySelector("svg");
    if (shapes.length) old.replaceChildren(...miniatureOf(shapes));
    else old.outerHTML = drawingOf(key);
  }

  receive() {}

  resize() {}
}

export default mount(".pc", PartCards);
