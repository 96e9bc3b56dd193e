// The map of a run in a notebook.

import { pointsOf, rangesOf } from "../js/engine/selection.js";
import { inNotebook } from "../js/host/notebook.js";
import { answered, chosen } from "./answer.js";
import { LiveMap } from "./live_map.js";

/** Choose the images that the kernel has selected, as soon as it is known which points they are. */
function settled(data, liveMap) {
  const { ranges, ...sets } = data.sets;
  if (!ranges || !liveMap?.indexes) return data;
  const { now = null, steps = [], serial } = sets;
  const told = { ...sets, steps: [...steps, { now, kept: [] }], serial: liveMap.sets.serial ?? serial };
  return { ...data, sets: chosen(told, ranges.length ? pointsOf([ranges], liveMap.indexes) : null) };
}

export default inNotebook(".ll", LiveMap, {
  traits: ["z", "selection"],
  begin: (model) => {
    const [told, z, ranges] = ["told", "z", "selection"].map((name) => model.get(name));
    return { ...told, z, touched: z.some((value) => value !== 0), sets: ranges.length ? { ...told.sets, ranges } : told.sets };
  },
  answer: answered,
  said: (data, name, value, liveMap) => {
    if (name === "z") return ["z", value];
    return name === "sets" ? ["selection", data.sets.now ? rangesOf(data.sets.now, liveMap.indexes) : []] : null;
  },
  told: (data, trait, value, liveMap) =>
    trait === "z"
      ? { ...data, z: value, touched: true, revision: data.revision + 1 }
      : settled({ ...data, sets: { ...data.sets, ranges: value } }, liveMap),
  arrived: settled,
  wanted: ({ run, layout: { by = "class" } }) => ({
    map: `${run}/weights`,
    ...(by === "class" ? {} : { [`column/${by}`]: `${run}/column/${by}` }),
  }),
});
