"""The page Losses.

curves: the curves, their scale and their data
page: the page
protocol: what the final numbers stand on
reconstructions: some test images and what the model redraws of them
"""
