"""The page Compare.

alignment: the runs' maps laid on one another
choice: which runs are compared
costs: what each test image costs the runs
page: the page
settings: in which settings they differ
"""
