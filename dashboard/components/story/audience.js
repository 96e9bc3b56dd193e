// The story in front of an audience: the whole window, and a black screen when all shall look at the speaker.

/** Fill the window; above everything else that the page has, and the whole screen where that is allowed. */
export function present(story, isOn) {
  if (story.isPresenting === isOn) return;
  const { root } = story;
  story.isPresenting = isOn;
  root.dataset.presenting = isOn ? "yes" : "no";
  if (isOn) {
    root.popover = "manual";
    root.showPopover?.();
    document.documentElement.requestFullscreen?.().catch(() => {});
    story.clock.start();
  } else {
    blacken(story, false);
    root.hidePopover?.();
    root.removeAttribute("popover");
    if (document.fullscreenElement) document.exitFullscreen();
    story.clock.stop();
  }
  root.focus({ preventScroll: true });
  story.write();
}

export function isBlack(story) {
  return story.find("black").matches(":popover-open");
}

export function blacken(story, isOn) {
  story.find("black").togglePopover(isOn);
}
