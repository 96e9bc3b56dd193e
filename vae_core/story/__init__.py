"""The runs that the story is told with, and the numbers of its steps.

build: makes runs and steps: ROUTES, the steps in their order, by route
recipes: the runs that the story is told with
step: what a module of steps/ offers
steps/: a module for each step
"""
