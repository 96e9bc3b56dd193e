"""A user's own images, from whatever holds them, into the data folder; see also data/imported.py, which reads what lies there.

columns: columns from anywhere as a table that everybody can read
fitting: images brought to one size and one kind of colour
labels: labels of any kind as classes with names
preview: what an import would bring, seen before anything is written
registry: who reads what, and the sentence for what nobody reads
source: what every reader of images offers, and what is known of a source before anything is written
suggestion: settings that make a good first map of what was seen, and why
values: what the numbers in images mean, and how they are stored
writer: from a source into the data folder, whole or not at all
"""
