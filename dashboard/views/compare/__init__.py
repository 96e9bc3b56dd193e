"""The page Compare.

alignment: names of the runs, and their maps laid on one another
costs: what each test image costs the runs
page: the page
"""
