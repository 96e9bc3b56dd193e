"""What the browser keeps of a run through page switches: packets by key, light ones of which there are many apart from those of a map."""

from __future__ import annotations

from tests.js.node import running

LIVED_ON = ["points", "first", "weights", "trust"]
KEEP = """(keys) => {
    for (const key of keys) {
        const head = new TextEncoder().encode(JSON.stringify({ key, sizes: [] }));
        const packet = new Uint8Array(4 + head.length);
        new DataView(packet.buffer).setUint32(0, head.length, true);
        packet.set(head, 4);
        js.store.keep(packet);
    }
    return [...js.store.shared().parts.keys()];
}"""


def test_images_and_cells_that_somebody_looks_at_do_not_drive_out_what_the_map_lives_on() -> None:
    parts = [f"run/{name}" for name in LIVED_ON]
    many = [f"run/{kind}/{n}" for kind in ("row", "field", "column") for n in range(40)]
    with running("js/host/store.js") as node:
        kept = node.call(KEEP, [*parts, *many])
        assert kept[:4] == parts and {"run/row/39", "run/field/39", "run/column/39"} <= {*kept} and len(kept) < 4 + 30
        more = node.call(KEEP, [f"{n}/weights" for n in range(30)])
        assert parts[0] not in more and "29/weights" in more and "run/row/39" in more, "of a kind the oldest goes"
