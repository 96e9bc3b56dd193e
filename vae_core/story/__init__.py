"""The runs that the story is told with, and the numbers of its steps.

aim: blind against aimed guesses of log p(x)
build: numbers and arrays of each step: BUILDERS
halves: half of one digit glued to half of another, before three models
knob: one knob for a curve, two for turn and size, read back
map: the story's map, and four models held to other rules
recipes: the runs that the story is told with
"""
