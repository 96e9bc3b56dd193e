// What the figure of each part of Inspect and Use looks like, drawn small: 96 wide, 64 high, in the colours of the theme.

const line = (className, points, more = "") => `<polyline class="${className}" points="${points}" ${more}/>`;
const dots = (className, places, r = 3) => places.map(([x, y]) => `<circle class="${className}" cx="${x}" cy="${y}" r="${r}"/>`).join("");
const bar = (className, x, y, width, more = "") =>
  `<rect class="${className}" x="${x}" y="${y}" width="${width}" height="10" rx="1.5" ${more}/>`;
const AXES = line("quiet", "8,4 8,58 92,58");
const SEVEN = "4,6 18,6 9,22";

/** Bars that follow one another: the whole, then its three parts. */
const klDecomposition = bar("kl", 6, 4, 84, 'opacity=".45"') + bar("kl", 6, 19, 52) + bar("kl", 58, 34, 20) + bar("kl", 78, 49, 12);

/** Runs over lines of equal sum. */
const rateDistortion =
  AXES +
  ["8,30 36,58", "8,8 58,58", "26,4 80,58"].map((points) => line("quiet", points, 'stroke-dasharray="2 3"')).join("") +
  line("ink", "16,10 20,24 28,36 42,44 60,49") +
  dots(
    "ground",
    [
      [74, 52],
      [50, 22],
    ],
    4,
  ) +
  dots("dot", [[60, 49]], 5);

/** A bound that falls towards the exact value. */
const bounds =
  AXES +
  line("kl-line", "8,48 92,48", 'stroke-dasharray="6 4"') +
  line("ink", "16,10 34,28 52,37 70,42 88,44") +
  dots("dot", [
    [16, 10],
    [34, 28],
    [52, 37],
    [70, 42],
    [88, 44],
  ]);

/** A leaning posterior under an upright ellipse. */
const inferenceGap =
  ["34 15", "23 9", "12 4"]
    .map((r) => r.split(" "))
    .map(([rx, ry]) => `<ellipse class="accent" opacity=".35" cx="48" cy="32" rx="${rx}" ry="${ry}" transform="rotate(-28 48 32)"/>`)
    .join("") +
  '<ellipse class="ink" fill="none" cx="50" cy="31" rx="20" ry="13"/>' +
  dots("dot", [[50, 31]], 2);

/** Crowds and empty places within the circles of the prior. */
const priorHoles =
  '<circle class="quiet" stroke-dasharray="3 3" cx="48" cy="32" r="15"/><circle class="quiet" stroke-dasharray="3 3" cx="48" cy="32" r="28"/>' +
  '<ellipse class="thicker" opacity=".55" cx="38" cy="24" rx="12" ry="9"/><ellipse class="thicker" opacity=".55" cx="54" cy="44" rx="13" ry="8"/>' +
  '<ellipse class="thicker" opacity=".55" cx="68" cy="24" rx="7" ry="9"/><ellipse class="thinner" opacity=".6" cx="33" cy="44" rx="7" ry="6"/>' +
  '<ellipse class="thinner" opacity=".6" cx="53" cy="22" rx="6" ry="7"/>';

/** An image, how it is redrawn, and the difference. */
const outliers = ["ink", "green-line", "kl-line"]
  .map((className, n) => {
    const strokes = n === 0 ? SEVEN : n === 1 ? "5,9 16,5 17,12 10,22" : "4,6 5,9 16,5";
    const width = n === 1 ? 4.5 : 3;
    return `<g transform="translate(${4 + 31 * n} 18)"><rect class="tile" width="27" height="28" rx="3"/><g transform="translate(2 0)">${line(className, strokes, `stroke-width="${width}" ${n === 1 ? 'opacity=".75"' : ""}`)}</g></g>`;
  })
  .join("");

/** Lines that rise with the number of labels. */
const features =
  AXES +
  line("quiet", "14,50 40,44 64,40 88,37") +
  line("ink", "14,44 40,28 64,20 88,14") +
  dots("dot", [
    [14, 44],
    [40, 28],
    [64, 20],
    [88, 14],
  ]);

/** Two that are named, and many that are not, in two heaps. */
const fewLabels =
  '<ellipse class="quiet" stroke-dasharray="3 3" cx="28" cy="36" rx="20" ry="18"/>' +
  '<ellipse class="quiet" stroke-dasharray="3 3" cx="70" cy="26" rx="18" ry="20"/>' +
  dots(
    "ground",
    [
      [18, 32],
      [30, 46],
      [38, 34],
      [24, 24],
      [62, 16],
      [76, 36],
      [64, 34],
      [78, 18],
    ],
    2.5,
  ) +
  dots("dot", [[29, 35]], 4.5) +
  dots("kl", [[70, 26]], 4.5);

/** One among many, and those round it. */
const search =
  '<circle class="quiet" stroke-dasharray="3 3" cx="46" cy="32" r="20"/>' +
  dots(
    "quiet",
    [
      [12, 14],
      [84, 12],
      [80, 52],
      [16, 54],
    ],
    2.5,
  ) +
  dots(
    "dot",
    [
      [36, 24],
      [56, 26],
      [42, 44],
      [54, 42],
    ],
    3,
  ) +
  dots("kl", [[46, 32]], 4.5);

/** A rough line, and the smooth one in it. */
const denoising =
  line("quiet", "6,40 14,24 20,46 28,18 36,38 44,14 52,36 60,20 68,44 76,28 84,50 92,38") + line("ink", "6,36 24,30 44,24 64,30 92,42");

/** A stroke that is known, and several that may follow. */
const completion =
  line("ink", "10,14 24,8 38,12 44,24", 'stroke-width="3"') +
  ["44,24 42,40 30,54", "44,24 52,40 46,56", "44,24 60,34 70,52"]
    .map((points) => line("quiet", points, 'stroke-dasharray="3 3"'))
    .join("") +
  dots("dot", [[44, 24]], 3.5);

/** Pictures out of a cloud. */
const generation =
  '<ellipse class="quiet" stroke-dasharray="3 3" cx="24" cy="32" rx="18" ry="24"/>' +
  dots(
    "dot",
    [
      [20, 18],
      [30, 32],
      [18, 46],
    ],
    3,
  ) +
  [4, 23, 42]
    .map((y) => `<g transform="translate(62 ${y})"><rect class="tile" width="18" height="17" rx="2"/>${line("ink", "4,4 13,4 7,14")}</g>`)
    .join("") +
  line("quiet", "26,18 58,12") +
  line("quiet", "36,32 58,32") +
  line("quiet", "24,46 58,51");

/** A stroke that turns into another on the way from left to right. */
const editing = ["6,20 20,20 10,46", "32,20 46,18 40,48", "58,18 70,16 72,32 62,48", "82,18 92,20 92,46 82,44 82,18"]
  .map((points, n) => line(n === 0 ? "ink" : n === 3 ? "kl-line" : "quiet", points, 'stroke-width="2.5"'))
  .join("");

/** A crowd, a border, and one outside. */
const anomaly =
  '<ellipse class="quiet" stroke-dasharray="3 3" cx="38" cy="34" rx="30" ry="22"/>' +
  dots(
    "dot",
    [
      [24, 28],
      [34, 42],
      [44, 26],
      [52, 38],
      [36, 32],
    ],
    3,
  ) +
  dots("kl", [[82, 14]], 4.5);

/** Bars of what several ways take, the shortest on top. */
const compression = [34, 52, 66, 84].map((width, n) => bar(n === 0 ? "kl" : "dot", 6, 4 + 15 * n, width)).join("");

const DRAWINGS = {
  "kl-decomposition": klDecomposition,
  "rate-distortion": rateDistortion,
  bounds,
  "inference-gap": inferenceGap,
  "prior-holes": priorHoles,
  outliers,
  features,
  "few-labels": fewLabels,
  search,
  generation,
  anomaly,
  completion,
  denoising,
  editing,
  compression,
};

/** The drawing of a part as markup; an empty one where there is none yet. */
export function drawingOf(part) {
  const attributes = 'viewBox="0 0 96 64" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"';
  return `<svg ${attributes}>${DRAWINGS[part] ?? ""}</svg>`;
}

const SVG = "http://www.w3.org/2000/svg";
const TAGS = new Set(["rect", "polyline", "circle", "ellipse", "image"]);

/** What was found for a part, from shapes as dashboard/figures/miniatures.py makes them, into the picture of a drawing. */
export function miniatureOf(shapes) {
  return shapes
    .filter(({ tag }) => TAGS.has(tag))
    .map(({ tag, ...attributes }) => {
      const element = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    });
}
