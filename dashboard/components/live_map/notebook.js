// The map of a run in a notebook.

import { inNotebook } from "../js/host/notebook.js";
import { answered } from "./answer.js";
import { LiveMap } from "./live_map.js";

const selected = (ranges) => ({ selections: ranges.length ? [ranges] : [] });

export default inNotebook(".ll", LiveMap, {
  begin: (model) => ({
    ...model.get("told"),
    ...selected(model.get("selection")),
    z: model.get("z"),
    touched: model.get("z").some((value) => value !== 0),
  }),
  answer: answered,
  live: { z: "z", selected: "selection" },
  told: (data, name, value) =>
    name === "z" ? { ...data, z: value, touched: true, revision: data.revision + 1 } : { ...data, ...selected(value) },
  wanted: ({ run, layout: { by = "class" } }) => ({
    map: `${run}/weights`,
    ...(by === "class" ? {} : { [`column/${by}`]: `${run}/column/${by}` }),
  }),
});
