"""The run directory: reading, listing, writing and verifying it.

contents: a run's files of numbers, and what no page could draw
listing: all runs of a folder, read anew where they have changed
run: the run directory: its layout, reading
verification: is a run as training wrote it?
writer: the trainer's side of it: create, append, reopen, seal
"""
