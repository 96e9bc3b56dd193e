// The hand on a blob: drag it, pull its arrows, or use the keys.

const GRIP = 20; // CSS px round the tip of an arrow that take hold of it
const TIP = 16; // CSS px from the blob's edge to that tip
export const EDGE = 2; // standard deviations at which a blob's edge is drawn
const KEY_STEP = 0.05;
const STRETCH = 1.1;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Tips of the four arrows in device px: [axis, sign, x, y]. */
export function tips(view, mu, sigma) {
  const far = (axis) => EDGE * sigma[axis] * view.scale + TIP * view.ratio;
  const [x, y] = [view.px(mu[0]), view.py(mu[1])];
  return [-1, 1].flatMap((sign) => [
    [0, sign, x + sign * far(0), y],
    [1, sign, x, y - sign * far(1)],
  ]);
}

/** Listen on a canvas; `blob()` is {view, mu, sigma}, and `moved(mu, sigma)` is told what the hand makes of it. */
export function listenToBlob(stage, canvas, blob, moved) {
  let grip = null; // null: nothing is held; -1: the blob; 0 and 1: how wide and how high it is
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const ratio = canvas.width / box.width;
    return [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
  };
  const pull = (event) => {
    const { view, mu, sigma } = blob();
    const [x, y] = place(event);
    if (grip === -1) moved([view.worldX(x), view.worldY(y)], sigma);
    else {
      const far = grip === 0 ? Math.abs(x - view.px(mu[0])) : Math.abs(y - view.py(mu[1]));
      const width = Math.max(0, far - TIP * view.ratio) / view.scale / EDGE;
      moved(mu, sigma.with(grip, width));
    }
  };
  stage.on(canvas, "pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    const { view, mu, sigma } = blob();
    const [x, y] = place(event);
    const held = tips(view, mu, sigma).find(([, , tipX, tipY]) => Math.hypot(x - tipX, y - tipY) < GRIP * view.ratio);
    grip = held ? held[0] : -1;
    pull(event);
  });
  stage.on(canvas, "pointermove", (event) => grip !== null && pull(event));
  for (const name of ["pointerup", "pointercancel"]) stage.on(canvas, name, () => (grip = null));
  stage.on(canvas, "keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { mu, sigma } = blob();
    if (event.shiftKey) {
      const change = (width, axis) => width * STRETCH ** arrow[axis];
      moved(mu, sigma.map(change));
    } else moved([mu[0] + KEY_STEP * arrow[0], mu[1] + KEY_STEP * arrow[1]], sigma);
  });
}
