// What the columns are called by which points may be coloured: ours in the language of the page, others as their owner called them.

import { axisName } from "../js/engine/numbers.js";

const UNDER = "under:"; // before the id of another run
const GROUPS = ["image", "table", "cost", "place", "dimension"];

/** The name of a column. */
export function columnName(liveMap, name) {
  const { title } = liveMap.data.columns?.find((column) => column.name === name) ?? {};
  if (title) return title;
  if (name === "class" && !liveMap.data.has_labels) return liveMap.text("column_none");
  if (name.startsWith(UNDER)) return liveMap.text("column_under", { run: name.slice(UNDER.length) });
  const [, kind, n] = name.match(/^(factor|mu|sigma|kl)-(\d+)$/) ?? [];
  if (kind === "factor") return liveMap.text("column_factor", { n });
  const key = kind ? `column_of_${kind}` : `column_${name}`;
  const words = liveMap.text(key, { axis: n && axisName(Number(n) - 1) });
  return words === key ? name : words;
}

/** The columns that are offered as options, those of a kind together; one colour for all where there are no classes. */
export function columnOptions(liveMap) {
  const columns = liveMap.data.columns ?? [];
  const option = ({ name }) => Object.assign(document.createElement("option"), { value: name, textContent: columnName(liveMap, name) });
  const groups = GROUPS.map((group) => columns.filter((column) => column.group === group).map(option));
  if (!columns.some(({ name }) => name === "class")) groups[0].unshift(option({ name: "class" }));
  const costs = groups[GROUPS.indexOf("cost")];
  const hint = liveMap.text("column_under_none");
  if (hint && costs.length && !columns.some(({ name }) => name.startsWith(UNDER)))
    costs.push(Object.assign(document.createElement("option"), { value: "", textContent: hint, disabled: true }));
  return groups.flatMap((options, n) => {
    if (!options.length) return [];
    const element = Object.assign(document.createElement("optgroup"), { label: liveMap.text(`columns_${GROUPS[n]}`) });
    element.append(...options);
    return [element];
  });
}
