"""The run directory: reading, listing, writing and verifying it.

columns: what is known of each test image: class, factors, costs, place, and what its owner keeps beside it
contents: a run's files of numbers, and what no page could draw
errors: RunError, and what images a run misses
layout: the files of a run directory, and its lock
listing: open a run, list all of a folder
retraining: settings of a run for a new one on other rows of its data
run: one run, read file by file
sealing: the hashes of a finished run's files
selections: named sets of a run's test images, kept beside it
side_columns: the table beside imported images, as columns of the test images
verification: is a run as training wrote it?
writer: the trainer's side of it: create, append, reopen, seal
"""
