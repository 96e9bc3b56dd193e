// A talk of the viewer's own: steps in an order, a title, and notes for the speaker. It is kept in the browser, as plain text.

const KEY = "latent-lens/story-talk";
export const MOST_TITLE = 80; // characters
export const MOST_NOTES = 2000;
const LONGEST = 100_000; // characters that are read back

/** The browser's own store; where it is forbidden, nothing is kept. */
function browserStore() {
  try {
    localStorage.getItem(KEY);
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => {} };
  }
}

const bounded = (text, most) => (typeof text === "string" ? text.slice(0, most) : "");

export class Talk {
  /** `steps` are all there are, `order` those that are told now under a `title`; a plan that was kept stays as it is. */
  constructor(steps, order, title = "", store = browserStore()) {
    Object.assign(this, { steps, store });
    const found = this.read();
    const known = Array.isArray(found.order) ? [...new Set(found.order)].filter((step) => steps.includes(step)) : [];
    const isKept = known.length > 0;
    const kept = bounded(found.title, MOST_TITLE);
    this.order = isKept ? known : [...order];
    this.title = isKept ? kept : title || kept; // steps and title are of one plan
    this.notes = Object.fromEntries(steps.map((step) => [step, bounded(found.notes?.[step], MOST_NOTES)]));
  }

  read() {
    const text = this.store.getItem(KEY) ?? "";
    try {
      return (text.length <= LONGEST && JSON.parse(text)) || {};
    } catch {
      return {};
    }
  }

  write() {
    const { order, title, notes } = this;
    this.store.setItem(KEY, JSON.stringify({ order, title, notes }));
  }

  /** The chosen steps in their order, then all others. */
  get listed() {
    return [...this.order, ...this.steps.filter((step) => !this.order.includes(step))];
  }

  tell(title) {
    this.title = bounded(title, MOST_TITLE);
    this.write();
  }

  note(step, text) {
    this.notes[step] = bounded(text, MOST_NOTES);
    this.write();
  }

  choose(order) {
    this.order = [...order];
    this.write();
  }

  /** Take a step in behind the others, or out. */
  toggle(step) {
    this.choose(this.order.includes(step) ? this.order.filter((one) => one !== step) : [...this.order, step]);
  }

  move(step, by) {
    const at = this.order.indexOf(step);
    const to = at + by;
    if (at < 0 || to < 0 || to >= this.order.length) return;
    const order = this.order.filter((one) => one !== step);
    order.splice(to, 0, step);
    this.choose(order);
  }

  /** The address at which these steps are told; the notes stay here. */
  link(address) {
    const url = new URL(address);
    for (const name of ["step", "route", "steps", "title"]) url.searchParams.delete(name);
    url.hash = "";
    const title = this.title.trim();
    const more = [`steps=${this.order.join(",")}`, ...(title ? [`title=${encodeURIComponent(title)}`] : [])];
    return `${url.href}${url.search ? "&" : "?"}${more.join("&")}`;
  }
}
