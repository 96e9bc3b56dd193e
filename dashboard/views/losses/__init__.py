"""The page Losses.

page: the page
protocol: what the final numbers stand on
"""
