// The story on paper: all steps at once, each with its sentence, its picture as it stands and its number, in the light theme.

/** Listen to the printer; on a page of the dashboard there is more than the story, so only the file that was exported is laid out. */
export function listenToPrinter(story) {
  const { signal } = story.leaving;
  addEventListener(
    "beforeprint",
    story.guard(() => handOut(story, true)),
    { signal },
  );
  addEventListener(
    "afterprint",
    story.guard(() => handOut(story, false)),
    { signal },
  );
}

function handOut(story, isPrinting) {
  if (!story.data?.isExport || !story.store || Boolean(story.isPrinting) === isPrinting) return;
  story.takeOver();
  story.isPrinting = isPrinting;
  for (const element of [document.documentElement, story.root]) element.dataset.print = isPrinting ? "yes" : "no";
  story.readTheme();
  story.page.section.hidden = isPrinting;
  if (isPrinting) story.root.dataset.asking = "no"; // a panel would hide the steps, and what is hidden has no size to be drawn at
  story.find("handout").textContent = story.text("handout", { title: titleOf(story), note: story.text("handout_note") });
  for (const section of story.root.querySelectorAll("[data-pose]")) section.remove();
  if (isPrinting) for (const name of story.data.order) pose(story, name);
  else story.write();
}

/** What somebody called these steps, else what they are. */
function titleOf(story) {
  const { title, order, routes } = story.data;
  return title || story.text(order.join() === routes.short.join() ? "handout_title" : "handout_title_more");
}

/** A step in a state that tells most, beside the one that the viewer has made. */
function pose(story, name) {
  const { section, stage, step } = story.make(name);
  section.dataset.pose = "yes";
  if (step) story.guard(() => step.pose?.())();
  stage.write();
  if (step) story.guard(() => step.draw())();
}
