"""What modules of the browser touch of a page, for Node: as much of it as they need to be opened, moved and painted."""

# `painted` gives the pixels (4 * height * width) of points drawn in a colouring; `anything` is a context on which all can be drawn;
# `drawn` lets frames that were asked for be drawn.
PAGE = """() => {
    globalThis.ImageData = class {
        constructor(width, height) {
            Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
        }
    };
    globalThis.OffscreenCanvas = class {
        getContext() {
            return anything;
        }
    };
    globalThis.anything = new Proxy({}, { get: () => () => {}, set: () => true });
    globalThis.painted = (flat, colouring, width, height, scale) => {
        const view = Object.assign(new js.view.View(), { width, height, scale });
        const painter = new js.points.PointPainter();
        painter.draw(anything, view, flat, colouring, js.colour.packed("#ffffff", 220));
        return Array.from(painter.image.data);
    };
    class Element extends EventTarget {
        isConnected = true;
        style = { setProperty: () => {} };
        dataset = {};
        parts = {};
        children = [];
        attributes = {};
        classes = new Set();
        classList = { toggle: (name, isOn) => (isOn ? this.classes.add(name) : this.classes.delete(name)) };
        getContext() {
            return anything;
        }
        getBoundingClientRect() {
            return { left: 0, top: 0, width: 200, height: 200 };
        }
        querySelector(name) {
            return (this.parts[name] ??= new Element());
        }
        querySelectorAll() {
            return [];
        }
        append(...parts) {
            this.children.push(...parts);
        }
        replaceChildren(...parts) {
            this.children = parts;
        }
        setAttribute(name, value) {
            this.attributes[name] = value;
        }
        /** Every element within, in order. */
        get within() {
            return this.children.flatMap((part) => (part instanceof Element ? [part, ...part.within] : []));
        }
        toggleAttribute() {}
        setPointerCapture() {}
        focus() {}
        /** Let a pointer do something at a place, 200 x 200. */
        point(type, x = 0, y = 0, pointerId = 1, button = 0) {
            this.dispatchEvent(Object.assign(new Event(type), { clientX: x, clientY: y, pointerId, button }));
        }
    }
    globalThis.document = { createElement: () => new Element() };
    globalThis.devicePixelRatio = 1;
    globalThis.ResizeObserver = class {
        observe() {}
        disconnect() {}
    };
    globalThis.getComputedStyle = () => ({ getPropertyValue: () => "" });
    globalThis.addEventListener ??= () => {};
    const frames = [];
    globalThis.requestAnimationFrame = (draw) => frames.push(draw);
    globalThis.drawn = () => {
        while (frames.length) frames.shift()();
    };
}"""
