// What moves with z lies on a canvas of its own, so that a move leaves the ground as it is.

import { drawCursor, drawSign } from "../js/canvas/axes.js";

export function drawOver(liveMap) {
  if (liveMap.opening.isOn) return;
  const { over, view, theme, hovered, flat, isLikeness } = liveMap;
  over.clearRect(0, 0, view.width, view.height);
  if (!isLikeness) liveMap.path.draw(over);
  liveMap.exact.draw(over, view, theme);
  liveMap.drawing.draw(over);
  liveMap.samples.draw(over);
  liveMap.tool.draw?.(over, theme);
  if (hovered !== null && flat) drawCursor(over, view, flat[2 * hovered], flat[2 * hovered + 1], theme, 5);
  const spot = isLikeness ? liveMap.likeness.spot : [liveMap.a, liveMap.b];
  if (!spot) return;
  drawCursor(over, view, ...spot, theme);
  if (liveMap.isNew) drawSign(over, view, liveMap.text("move"), view.px(spot[0]), view.py(spot[1]) + 30 * view.ratio, theme);
  // On a narrow screen the picture lies on the map's right corner, and must not hide where the pointer is.
  const isUnder = view.px(spot[0]) > view.width / 2 && view.py(spot[1]) <= view.height / 2;
  liveMap.root.dataset.corner = isUnder ? "left" : "right";
}
