// What Python would answer, where the map lives without it.

/** What the map is told after it has handed over a value: how it is laid out, or which images are selected, as it was chosen. */
export function answered(data, name, value) {
  if (name === "layout") {
    const { serial, ...layout } = value;
    return { ...data, layout, layout_serial: serial };
  }
  return name === "selected" ? { ...data, selections: value.length ? [value] : [] } : data;
}

/** Whether the map lives where something is not at hand: "draw", what drawing takes, or "row", images by their number. */
export function lacks({ absent = [] }, name) {
  return absent.includes(name);
}
