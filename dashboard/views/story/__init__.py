"""The page Start.

check: whether the story is ready to be told
export: the story as one HTML file
page: the page
"""
