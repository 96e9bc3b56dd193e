"""A module for each step of the story; its name is that of the step in the browser and in the texts.

aim: blind against aimed guesses of log p(x)
draw: a drawn digit, judged by the VAE of the map
halves: half of one digit glued to half of another, before three models
knob: one latent dimension for the points of a curve
map: the VAE's map, and how it came to be
strict: the VAE and four models that minimise something else
turn: two latent dimensions for turn and size of a glyph, read back
"""
