// Tells the browser the language of the page, which it cannot know: by it a voice reads, lines break, and letters take their shape.

import { inTheNextTask, mountHidden } from "./mount.js";

export default mountHidden(({ language }) =>
  inTheNextTask(() => {
    document.documentElement.lang = language;
  }),
);
