// Carries bytes to the browser once per page load; the store keeps them through page switches. Draws nothing.

import { mountHidden } from "./mount.js";
import { keep } from "./store.js";

// Streamlit hands bytes on only where they are the whole of `data`.
export default mountHidden((data) => {
  if (data instanceof Uint8Array) keep(data); // at once, whoever leaves: a packet is what its key says
});
