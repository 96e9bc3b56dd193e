// Pictures that fly over the step, to show where they come from; where motion is not wanted they are where they belong at once.

/** The middle of an element on the screen. */
export function middleOf(element) {
  const box = element.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}

/** Let an element come flying to where it stands from a place on the screen, at a share of its size. */
export function flyFrom(element, [x, y], ms, share = 0.3) {
  const [toX, toY] = middleOf(element);
  const start = { transform: `translate(${x - toX}px, ${y - toY}px) scale(${share})`, opacity: 0.5 };
  return element.animate([start, { transform: "none", opacity: 1 }], { duration: ms, easing: "ease-in-out" });
}
