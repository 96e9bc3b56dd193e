// Answers of a room, counted: one voice a tap, without names. They are kept as long as the browser's tab, and go nowhere.

import { PHASES, QUESTIONS, UNSURE } from "./survey_questions.js";

const KEY = "latent-lens/story-voices";
const MOST = 9999; // of a count
const LONGEST = 20_000; // characters that are read back

/** The tab's own store; a browser that forbids it gets one that lives as long as the page. */
export function tabStore() {
  try {
    sessionStorage.getItem(KEY);
    return sessionStorage;
  } catch {
    const kept = new Map();
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  }
}

export class Voices {
  constructor(store = tabStore()) {
    this.store = store;
    this.done = []; // taps that can be taken back
    this.counts = this.read();
  }

  /** What was counted before the page was loaded again: only what a count can be. */
  read() {
    const text = this.store.getItem(KEY) ?? "";
    let found = null;
    try {
      found = text.length > LONGEST ? null : JSON.parse(text);
    } catch {
      found = null;
    }
    const count = (n) => (Number.isInteger(n) && n > 0 ? Math.min(n, MOST) : 0);
    const counts = { before: {}, after: {}, steps: {} };
    for (const phase of PHASES) {
      for (const { name, answers } of QUESTIONS) {
        const known = found?.[phase]?.[name];
        counts[phase][name] = Object.fromEntries([...answers, UNSURE].map((answer) => [answer, count(known?.[answer])]));
      }
    }
    for (const [step, known] of Object.entries(found?.steps ?? {}).slice(0, 40)) {
      if (/^\w{1,20}$/.test(step)) counts.steps[step] = { right: count(known?.right), wrong: count(known?.wrong) };
    }
    return counts;
  }

  write() {
    this.store.setItem(KEY, JSON.stringify(this.counts));
  }

  add(phase, question, answer) {
    const counts = this.counts[phase][question];
    if (counts[answer] >= MOST) return;
    counts[answer]++;
    this.done.push([phase, question, answer]);
    this.write();
  }

  get canUndo() {
    return this.done.length > 0;
  }

  /** Take the last tap back; returns what it was. */
  undo() {
    const tap = this.done.pop();
    if (!tap) return null;
    const [phase, question, answer] = tap;
    this.counts[phase][question][answer]--;
    this.write();
    return { phase, question, answer };
  }

  /** A guess at a step, before it was told. */
  predict(step, isRight) {
    const counts = (this.counts.steps[step] ??= { right: 0, wrong: 0 });
    const side = isRight ? "right" : "wrong";
    counts[side] = Math.min(counts[side] + 1, MOST);
    this.write();
  }

  /** How many voices a question has. */
  total(phase, question) {
    return Object.values(this.counts[phase][question]).reduce((sum, n) => sum + n, 0);
  }

  clear() {
    this.done = [];
    this.store.setItem(KEY, "");
    this.counts = this.read();
  }

  /** All counts as CSV, a row for each answer and each step at which was guessed; `word(key)` gives a text. */
  csv(word) {
    const rows = [["what", "step", "question", "answer", "is_right", ...PHASES]];
    for (const { name, step, answers, right } of QUESTIONS) {
      for (const answer of [...answers, UNSURE]) {
        const text = word(answer === UNSURE ? "survey.unsure" : `survey.${name}_${answer}`);
        const counts = PHASES.map((phase) => this.counts[phase][name][answer]);
        rows.push(["question", step, word(`survey.${name}_ask`), text, answer === right ? 1 : 0, ...counts]);
      }
    }
    for (const [step, { right, wrong }] of Object.entries(this.counts.steps)) {
      const name = word(`${step}.name`);
      rows.push(
        ["guess", step, name, word("survey.guess_right"), 1, "", right],
        ["guess", step, name, word("survey.guess_wrong"), 0, "", wrong],
      );
    }
    const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : String(value));
    return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
  }
}
