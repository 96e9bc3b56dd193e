"""The map of a run in a notebook, on the browser's side, with a stand-in for anywidget's model."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from playwright.sync_api import Browser, expect

from dashboard.components import parts
from dashboard.notebook import show
from tests.browser.watching import pixels_on, watched
from tests.places import ROOT
from vae_core.runs.listing import open_run

RUN = open_run(ROOT / "checkpoints" / "digits-2d")
# As anywidget's: a change is heard by all views, bytes come as DataViews of one larger message.
OPEN = """async ([script, state, packets]) => {
    const listeners = new Map(), told = [], asked = [];
    const fire = (event, ...what) => [...(listeners.get(event) ?? [])].forEach((act) => act(...what));
    const view = (text) => {
        const whole = Uint8Array.from("xyz" + atob(text), (letter) => letter.charCodeAt(0));
        return new DataView(whole.buffer, 3);
    };
    const model = {
        get: (name) => state[name],
        set: (name, value) => { state[name] = value; told.push([name, value]); fire(`change:${name}`); },
        save_changes: () => told.push("saved"),
        send: ({ wanted }) => { asked.push(wanted); setTimeout(() => fire("msg:custom", {}, packets[wanted].map(view))); },
        on: (event, act) => listeners.set(event, [...(listeners.get(event) ?? []), act]),
        off: (event, act) => listeners.set(event, listeners.get(event).filter((one) => one !== act)),
    };
    const { default: widget } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
    const leave = widget.render({ model, el: document.body });
    Object.assign(window, { model, told, asked, leave, listeners });
}"""


def test_the_map_is_live_in_a_notebook(browser: Browser) -> None:
    points, names = RUN.latents(), {"map": parts.MAP, "column/kl": ["column/kl"]}
    packets = {name: [b64encode(parts.part_packet(RUN, points, one)).decode() for one in several] for name, several in names.items()}
    widget = show(RUN)
    state: dict[str, Any] = {name: getattr(widget, name) for name in ("told", "markup", "style", "z", "selection")}
    with watched(browser) as watch:
        page = watch.page
        page.evaluate("document.body.style.background = '#111'")
        page.add_style_tag(content="* { padding: 0 }")  # what is reset around the map stays outside
        page.evaluate(OPEN, [str(widget._esm), state, packets])
        root = page.locator(".ll")
        expect(root).to_have_attribute("data-ready", state["told"]["run"])
        watch.drawn()
        ground = "(e) => getComputedStyle(e).backgroundColor"
        assert page.locator("div").first.evaluate(ground) == "rgb(20, 23, 26)"
        page.evaluate("document.body.style.background = 'oklch(0.98 0.01 250)'")  # as marimo's
        watch.until(lambda: page.locator("div").first.evaluate(ground) == "rgb(255, 255, 255)")

        before = pixels_on(page.locator(".ll-picture"))
        page.evaluate("model.set('z', [1.5, -1])")  # as the kernel does
        watch.drawn()
        assert root.evaluate("(e) => [...e.liveMap.z]") == [1.5, -1] and (pixels_on(page.locator(".ll-picture")) != before).any()
        page.evaluate("told.length = 0")
        box = page.locator(".ll-over").bounding_box()
        assert box
        page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
        (name, z), saved = page.evaluate("told")
        assert name == "z" and saved == "saved" and all(abs(value) < 0.1 for value in z)

        row = int(points.rows[7])
        page.evaluate("(row) => model.set('selection', [[row, row + 1]])", row)
        watch.drawn()
        assert root.evaluate("(e) => [...e.liveMap.colouring.selected].map((one, n) => one && n).filter(Boolean)") == [7]
        page.get_by_role("tab", name="Sets").click()
        expect(page.locator(".ll-set_kept")).to_be_hidden()
        page.evaluate("told.length = 0")
        page.locator("[data-set=invert]").click()
        (name, ranges), saved = page.evaluate("told")
        assert name == "selection" and saved == "saved"
        assert sum(end - first for first, end in ranges) == len(points.rows) - 1 and [row, row + 1] not in ranges
        page.locator("[data-set=undo]").click()
        watch.until(lambda: page.evaluate("JSON.stringify(model.get('selection'))") == f"[[{row},{row + 1}]]")
        page.locator(".ll-column_choice").select_option("kl")
        expect(page.locator(".ll-legend .ll-range")).to_be_visible()
        assert page.evaluate("asked") == ["map", "column/kl"]
        page.evaluate("leave()")
        assert page.evaluate("[document.body.childElementCount, ...listeners.values()].flat().length") == 1
        assert watch.complaints == []
