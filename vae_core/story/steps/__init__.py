"""A module for each step of the story; its name is that of the step in the browser and in the texts.

aim: blind darts against aimed ones
blob: where a picture could come from, exactly, and normals that come near it
directions: one bell for two hills, in either direction of the KL
draw: a drawn digit, judged by the VAE of the map
guess: a bag of real digits for yes-or-no questions
halves: pieces of many pictures put together as one, before three models
knob: one latent dimension for the slant of the ones, and for the points of a curve
magnifier: what the odd spots of a drawing come to, by its pieces and loops
map: the VAE's map, and how it came to be
mat: with which power of its length the bump of a small piece of a mat shrinks
mutual: pairs of numbers to tie together
sigma: the price of a wrong shape as the noise goes to zero
slope: two ways to feel the slope of a mean
ring: how far the dots of a cloud lie from the middle, once a rule has moved them onto a ring
strict: the VAE and three models that minimise something else
surprise: odds of a few outcomes, to be guessed
trust: where no image lies on the map
turn: two latent dimensions for turn and size of a glyph, read back
water: a linear machine whose dimensions drown as beta rises
"""
