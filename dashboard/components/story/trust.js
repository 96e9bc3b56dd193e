// Where the map is not to be trusted: its one measure, log q(z)/p(z), from cells that were worked out beforehand, and its fog.

import { FogPainter } from "../js/canvas/fog.js";
import { Trust } from "../js/engine/fog.js";

/** The measure at a place: between the cells (side x side, row 0 on top) over [-reach, reach]; outside them as at their edge. */
export function between({ data, shape: [side] }, reach, [a, b]) {
  const at = (share) => Math.min(side - 1, Math.max(0, ((share + reach) / (2 * reach)) * side - 0.5));
  const [x, y] = [at(a), at(-b)];
  const [left, top] = [Math.min(side - 2, Math.floor(x)), Math.min(side - 2, Math.floor(y))];
  const row = (n) => data[n * side + left] * (1 - x + left) + data[n * side + left + 1] * (x - left);
  return row(top) * (1 - y + top) + row(top + 1) * (y - top);
}

/** The machine's Trust, made once. */
export function trustOf(stage) {
  const { store } = stage.story;
  return store.once("trust", () => {
    const { reach, quantiles } = store.parts.facts.trust;
    const cells = store.array("trust/ratio");
    return new Trust({ d: 2, logRatio: (place) => between(cells, reach, place) }, quantiles);
  });
}

/** The fog of the machine's map. */
export function fogOf(stage) {
  const { store } = stage.story;
  return store.once("fog", () => {
    const painter = new FogPainter();
    const { data, shape } = store.array("trust/ratio");
    const trust = trustOf(stage);
    painter.take(data, shape[0], store.parts.facts.trust.reach, (nats) => trust.thickness(nats));
    return painter;
  });
}
