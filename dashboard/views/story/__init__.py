"""The page Start.

page: the page
"""
