// Formulas of the texts as MathML: `$...$` in a line is set, all else is prose. Letters in a row are one name; "..." is a word; _ and ^ take one
// sign or {...}.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKEN = /\s+|"([^"]*)"|([A-Za-zα-ωΑ-Ω]+)|(\d+(?:[.,]\d+)*)|(\S)/gu;

/** A formula as a tree: [tag, text] or [tag, ...trees]. */
export function formula(text) {
  const tokens = [...text.matchAll(TOKEN)].filter(([token]) => token.trim());
  let at = 0;
  const one = () => {
    const [token, word, name, number] = tokens[at++] ?? [""];
    if (token === "{") return row("}");
    if (word !== undefined) return ["mtext", word];
    if (name) return ["mi", /^(log|ln)$/.test(name) && !/^[(_]/.test(tokens[at]?.[0] ?? "") ? `${name}\u2009` : name];
    if (number) return ["mn", number];
    return ["mo", token];
  };
  const row = (end) => {
    const parts = [];
    while (at < tokens.length && tokens[at][0] !== end) parts.push(scripted());
    at++;
    return parts.length === 1 ? parts[0] : ["mrow", ...parts];
  };
  const scripted = () => {
    const base = one();
    const scripts = {};
    while (tokens[at]?.[0] === "_" || tokens[at]?.[0] === "^") scripts[tokens[at++][0]] = one();
    const { _: below, "^": above } = scripts;
    if (below && above) return ["msubsup", base, below, above];
    return below ? ["msub", base, below] : above ? ["msup", base, above] : base;
  };
  return ["math", row(null)];
}

function element([tag, ...content]) {
  const made = document.createElementNS(MATHML, tag);
  if (tag === "mo") made.setAttribute("stretchy", "false"); // brackets as high as the line
  made.append(...content.map((part) => (typeof part === "string" ? part : element(part))));
  return made;
}

/** The lines of a text as paragraphs, with their formulas typeset. */
export function typeset(text) {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const paragraph = document.createElement("p");
      paragraph.append(...line.split("$").map((part, n) => (n % 2 ? element(formula(part)) : part)));
      return paragraph;
    });
}
