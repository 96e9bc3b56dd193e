// Whether the server is there: Streamlit writes it on the page, so nothing has to be asked for.

/** Let the map know when the server goes and when it is back, until the map leaves the page. */
export function watchServer(liveMap) {
  const app = document.querySelector("[data-test-connection-state]");
  if (!app) return;
  const look = () => {
    const wasGone = liveMap.isGone;
    liveMap.isGone = app.dataset.testConnectionState !== "CONNECTED";
    if (liveMap.data) liveMap.say(liveMap.error);
    if (wasGone && !liveMap.isGone) greet(liveMap);
  };
  const watch = new MutationObserver(liveMap.guard(look));
  watch.observe(app, { attributeFilter: ["data-test-connection-state"] });
  liveMap.leaving.signal.addEventListener("abort", () => watch.disconnect());
}

/** A server that was started again knows nothing of this page: tell it where the map is, and take no order from its first answer. */
function greet(liveMap) {
  liveMap.isGreeting = true;
  if (!liveMap.isPinned) return;
  liveMap.sent = null;
  liveMap.release();
}
