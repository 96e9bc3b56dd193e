// The story as one HTML file, in the first language of the browser that its texts are in.

import { openAlone } from "../js/host/standalone.js";
import { Story } from "./story.js";

openAlone(".ls", Story, {
  begin: (data) => ({
    ...data,
    language: Object.keys(data.texts).find((name) => navigator.language.startsWith(name)) ?? data.language,
  }),
});
