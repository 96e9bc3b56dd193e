"""The page Losses.

page: the page
"""
