"""The command line, a module per command.

apply: what a run is good for, measured beside simpler ways
arguments: fields of dataclasses as options, and the argument that names a run
compress: test images of a run as a file of bits
console: training on a terminal: a bar, and a line per epoch
data: the sets of images that were imported: list, show, remove
decompress: the images of such a file
evaluate: score a run on its test images once more
export: a run's map as one file to share
importing: a user's own images into the data folder
inspect: compute and print what the page Inspect shows
listing: the runs of the folder, a line each
main: the commands, and what every one of them does with errors
scores: what a run scores, in lines
select: sets of test images: list, make by rules, write as a table, remove
set_lines: what a set of test images answers, in lines and pictures
story: check the Story page, write it as one file, make its data
terminal: what a terminal does to a command: Ctrl-C, readers that go away, letters that it lacks
train: train, or continue a run that was stopped
translate: which beta the loss of another program amounts to
verify: check a run's files
work: train what the dashboard asks for
"""
