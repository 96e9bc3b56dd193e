// Which steps the file that was exported tells: its address asks as that of the page does (routes.py).

import { MOST_TITLE } from "./talk.js";

/** What the story is told, on the route of an address: ?steps=map,strict, ?route=long, or a #step that is on the long route alone; else what the file was saved with. */
export function onRoute(data, { search, hash }) {
  const { short, long } = data.routes;
  const asked = new URLSearchParams(search);
  const title = (asked.get("title") ?? data.title ?? "").slice(0, MOST_TITLE);
  const told = { ...data, title };
  const own = [...new Set((asked.get("steps") ?? "").split(",").map((name) => name.trim()))].filter((name) => long.includes(name));
  if (own.length) return { ...told, route: "own", order: own };
  if (data.route !== "short" && !asked.has("route")) return told; // saved with another route than a bare address names
  const step = hash.slice(1);
  const route = asked.get("route") === "long" || (long.includes(step) && !short.includes(step)) ? "long" : "short";
  return { ...told, route, order: data.routes[route] };
}
