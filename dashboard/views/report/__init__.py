"""The page Report: what a finished run is worth on its own images, in plain words, each with its number and error.

answers: what is said to each question
images: the worst redrawn and the strangest images
next_steps: what to try next, and the way to Train with it
page: the page
"""
