// The typeface of words on a canvas: the page's, which a canvas does not inherit.

const FAMILY = 'Inter, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';

/** A canvas font of a size in device pixels. */
export function fontOf(size, weight = 400) {
  return `${weight} ${size}px ${FAMILY}`;
}
