// Which steps the file that was exported tells: its address asks as that of the page does (routes.py).

/** What the story is told, on the route of an address: ?steps=map,strict, ?route=long, or a #step that is on the long route alone. */
export function onRoute(data, { search, hash }) {
  const { short, long } = data.routes;
  const asked = new URLSearchParams(search);
  const own = [...new Set((asked.get("steps") ?? "").split(",").map((name) => name.trim()))].filter((name) => long.includes(name));
  if (own.length) return { ...data, route: "own", order: own };
  const step = hash.slice(1);
  const route = asked.get("route") === "long" || (long.includes(step) && !short.includes(step)) ? "long" : "short";
  return { ...data, route, order: data.routes[route] };
}
