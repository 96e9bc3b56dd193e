// Whether the server is there: Streamlit writes it on the page, so nothing has to be asked for.

/** Let the map know when the server goes and when it is back, until the map leaves the page. */
export function watchServer(explorer) {
  const app = document.querySelector("[data-test-connection-state]");
  if (!app) return;
  const look = () => {
    const wasGone = explorer.isGone;
    explorer.isGone = app.dataset.testConnectionState !== "CONNECTED";
    if (explorer.data) explorer.say(explorer.error);
    if (wasGone && !explorer.isGone) greet(explorer);
  };
  const watch = new MutationObserver(explorer.guard(look));
  watch.observe(app, { attributeFilter: ["data-test-connection-state"] });
  explorer.leaving.signal.addEventListener("abort", () => watch.disconnect());
}

/** A server that was started again knows nothing of this page: tell it where the map is, and take no order from its first answer. */
function greet(explorer) {
  explorer.isGreeting = true;
  if (!explorer.isPinned) return;
  explorer.sent = null;
  explorer.release();
}
