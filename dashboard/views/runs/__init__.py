"""The page Runs.

actions: what can be done with the runs that were chosen
page: the page
table: the runs of a folder as a table
"""
