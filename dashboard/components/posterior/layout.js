// Sizes that the instrument's maps and its input share.

export const REACH = 2; // standard deviations at which the outer ellipse and its handles lie
