// How many roads leave a spot of a drawing: what crosses a small circle round it and hangs together with the spot inside the circle.

/** @import { Place } from "../js/engine/types.js" */
/** @typedef {Place[][]} Strokes  lines from point to point */

export const PEN = 0.035; // width of a line: what is nearer to one another than that touches
export const RADIUS = 0.16; // of the circle, where nothing else is near
const NEAR = 2 * PEN; // ends and crossings nearer to one another than that are one spot
const ROOM = 0.8; // of the way to the next end or crossing: so far the circle may reach
const SNAP = 0.1; // so near to an end or a crossing the circle goes there
const PARALLEL = 1e-9; // sine of the angle below which two segments are parallel but for rounding

const far = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
const along = ([a, b], [c, d], share) => [a + share * (c - a), b + share * (d - b)];

/** A line with points no farther apart than half a pen. */
function dense(points) {
  return points.flatMap((point, n) => {
    if (n === 0) return [point];
    const pieces = Math.max(1, Math.ceil((2 * far(points[n - 1], point)) / PEN));
    return Array.from({ length: pieces }, (_, k) => along(points[n - 1], point, (k + 1) / pieces));
  });
}

/** The part of a segment inside a circle, [from, to] in parts of its length; null where there is none. */
function inside([from, to], middle, radius) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const [x, y] = [from[0] - middle[0], from[1] - middle[1]];
  const [a, b, c] = [dx * dx + dy * dy, x * dx + y * dy, x * x + y * y - radius * radius];
  if (a === 0) return c <= 0 ? [0, 1] : null;
  const root = b * b - a * c;
  if (root <= 0) return null;
  const [low, high] = [(-b - Math.sqrt(root)) / a, (-b + Math.sqrt(root)) / a];
  return high <= 0 || low >= 1 ? null : [Math.max(0, low), Math.min(1, high)];
}

/** The pieces of a drawing inside a circle, each with its points and the places at which it crosses the circle. */
function piecesIn(strokes, middle, radius) {
  const found = [];
  for (const stroke of strokes) {
    let piece = null;
    for (let n = 1; n < stroke.length; n++) {
      const [from, to] = [stroke[n - 1], stroke[n]];
      const part = inside([from, to], middle, radius);
      if (!part) {
        piece = null;
        continue;
      }
      const [first, last] = part.map((share) => along(from, to, share));
      if (!piece || part[0] > 0) {
        piece = { points: [first], exits: part[0] > 0 ? [first] : [] };
        found.push(piece);
      }
      piece.points.push(last);
      if (part[1] < 1) {
        piece.exits.push(last);
        piece = null;
      }
    }
  }
  return found.map(({ points, exits }) => ({ points: dense(points), exits }));
}

const touch = (one, other) => one.some((point) => other.some((place) => far(point, place) < PEN));

/** Where the roads from a spot cross the circle round it, each place once. @type {(strokes: Strokes, spot: Place, radius: number) => Place[]} */
export function roads(strokes, spot, radius) {
  const rest = piecesIn(strokes, spot, radius);
  const joined = [];
  let border = [[spot]];
  while (border.length) {
    const next = rest.filter(({ points }) => border.some((line) => touch(line, points)));
    for (const piece of next) rest.splice(rest.indexOf(piece), 1);
    joined.push(...next);
    border = next.map(({ points }) => points);
  }
  const crossings = [];
  for (const exit of joined.flatMap(({ exits }) => exits)) {
    if (!crossings.some((other) => far(exit, other) < PEN)) crossings.push(exit);
  }
  return crossings;
}

/** Where two segments meet; null where they do not. */
function meeting([a, b], [c, d]) {
  const [r, s, gap] = [
    [b[0] - a[0], b[1] - a[1]],
    [d[0] - c[0], d[1] - c[1]],
    [c[0] - a[0], c[1] - a[1]],
  ];
  const cross = r[0] * s[1] - r[1] * s[0];
  if (Math.abs(cross) <= PARALLEL * Math.hypot(...r) * Math.hypot(...s)) return null;
  const [t, u] = [(gap[0] * s[1] - gap[1] * s[0]) / cross, (gap[0] * r[1] - gap[1] * r[0]) / cross];
  return t >= 0 && t <= 1 && u >= 0 && u <= 1 ? along(a, b, t) : null;
}

/** All segments of a drawing: {ends, stroke, from, to}, how far along its stroke it begins and ends. */
function segmentsOf(strokes) {
  return strokes.flatMap((points, stroke) => {
    let at = 0;
    return points.slice(1).map((point, n) => {
      const from = at;
      at += far(points[n], point);
      return { ends: [points[n], point], stroke, from, to: at };
    });
  });
}

/** Places where a drawing may be something else than a line: where it meets itself, and its ends. */
function candidates(strokes) {
  const segments = segmentsOf(strokes);
  const found = [];
  for (let i = 0; i < segments.length; i++) {
    for (let j = 0; j < i; j++) {
      const [one, other] = [segments[i], segments[j]];
      if (one.stroke === other.stroke && one.from - other.to < NEAR) continue;
      const place = meeting(one.ends, other.ends);
      if (place) found.push(place);
    }
  }
  for (const points of strokes) {
    for (const end of [points[0], points.at(-1)]) {
      const others = strokes.filter((line) => line !== points);
      const other = nearestOn(others, end); // an end on another stroke belongs to the place where it meets it
      found.push(other && far(other, end) < PEN ? other : end);
    }
  }
  return found;
}

/** The ends and crossings of a drawing, {place, count}: every spot that two roads do not leave. */
export function oddSpots(strokes) {
  const places = [];
  for (const place of candidates(strokes)) if (!places.some((other) => far(place, other) < NEAR)) places.push(place);
  const spots = places.map((place) => {
    const radius = roomAt(
      place,
      places.filter((other) => other !== place),
    );
    return { place, count: roads(strokes, place, radius).length };
  });
  return spots.filter(({ count }) => count !== 2);
}

/** How large the circle round a place may be. */
function roomAt(place, others) {
  return Math.min(RADIUS, ...others.map((other) => Math.max(NEAR, ROOM * far(place, other))));
}

/** The place on a drawing that is nearest to another; null where nothing is drawn. @type {(strokes: Strokes, to: Place) => Place | null} */
export function nearestOn(strokes, to) {
  let [best, least] = [null, Number.POSITIVE_INFINITY];
  for (const points of strokes) {
    for (let n = 1; n < points.length; n++) {
      const [[a, b], [c, d]] = [points[n - 1], points[n]];
      const length = (c - a) ** 2 + (d - b) ** 2;
      const share = length ? ((to[0] - a) * (c - a) + (to[1] - b) * (d - b)) / length : 0;
      const place = along([a, b], [c, d], Math.min(1, Math.max(0, share)));
      if (far(place, to) < least) [best, least] = [place, far(place, to)];
    }
  }
  return best;
}

/** The spot of a drawing at a place, {spot, radius, roads}: the end or crossing that is near, else the nearest of the line. */
export function spotAt(strokes, odd, to) {
  const places = odd.map(({ place }) => place);
  const snapped = places.filter((place) => far(place, to) < SNAP).sort((one, other) => far(one, to) - far(other, to))[0];
  const spot = snapped ?? nearestOn(strokes, to);
  if (!spot) return null;
  const radius = roomAt(
    spot,
    places.filter((place) => place !== snapped),
  );
  return { spot, radius, roads: roads(strokes, spot, radius) };
}

const CURVES = 160; // points of a curve
const curve = (low, high, at) => [Array.from({ length: CURVES + 1 }, (_, n) => at(low + ((high - low) * n) / CURVES))];

/** Drawings by name. @type {Record<string, Strokes>} */
export const SHAPES = {
  line: curve(-0.85, 0.85, (t) => [t, 0.35 * Math.sin(3 * t)]),
  circle: curve(0, 2 * Math.PI, (t) => [0.7 * Math.cos(t), 0.7 * Math.sin(t)]),
  eight: curve(0.5, 0.5 + 2 * Math.PI, (t) => [0.85 * Math.sin(t), 0.55 * Math.sin(2 * t)]),
};
