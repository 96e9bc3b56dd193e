// The story as one HTML file, in the first language of the browser that its texts are in.

import { openAlone } from "../js/host/standalone.js";
import { onRoute } from "./routes.js";
import { Story } from "./story.js";

openAlone(".ls", Story, {
  answer: (data, name, value) => (name === "route" ? { ...data, route: value, order: data.routes[value] } : data),
  begin: (data) => ({
    ...onRoute(data, location),
    language: Object.keys(data.texts).find((name) => navigator.language.startsWith(name)) ?? data.language,
  }),
});
