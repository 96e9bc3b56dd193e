// Where the viewer is among the steps: a dot each, or a list where there are too many for dots; and the way to the other route.

const MOST_DOTS = 12; // that a finger still tells apart on a phone

const named = (story, n) => `${n + 1}. ${story.text(`${story.data.order[n]}.name`)}`;

const hasDots = ({ data }) => data.order.length <= MOST_DOTS;

/** A dot for each step. */
export function writeDots(story) {
  const { order } = story.data;
  const dots = story.find("dots");
  dots.setAttribute("aria-label", story.text("steps"));
  dots.hidden = !hasDots(story);
  const going = [...dots.children].map((dot) => dot.dataset.go);
  if (going.join() !== order.join()) {
    const made = order.map((step) => {
      const dot = Object.assign(document.createElement("button"), { type: "button", className: "ls-dot" });
      dot.dataset.go = step;
      return dot;
    });
    dots.replaceChildren(...made);
  }
  [...dots.children].forEach((dot, n) => {
    dot.dataset.name = named(story, n);
    dot.setAttribute("aria-label", dot.dataset.name);
    if (n === story.at) dot.setAttribute("aria-current", "step");
    else dot.removeAttribute("aria-current");
  });
}

/** The steps by name, to choose from. */
export function writeList(story) {
  const { order } = story.data;
  const list = story.find("list");
  list.hidden = hasDots(story);
  list.setAttribute("aria-label", story.text("steps"));
  if (list.hidden) return;
  const options = order.map((step, n) => {
    const values = { n: n + 1, all: order.length, name: story.text(`${step}.name`) };
    return new Option(story.text("step_of", values), step, false, n === story.at);
  });
  list.replaceChildren(...options);
}

/** The button to the other route. */
export function writeRoute(story) {
  const { otherRoute } = story;
  const button = story.find("route");
  button.hidden = !otherRoute;
  if (!otherRoute) return;
  button.textContent = story.text(`route_${otherRoute}`);
  button.title = story.text(`route_help_${otherRoute}`, { n: story.data.routes[otherRoute].length });
  button.setAttribute("aria-label", button.title);
}
