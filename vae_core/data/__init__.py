"""Images: where they come from, their splits, how their pixels are treated.

batches: rows of a dataset as tensors, treated as configured
binarisation: how stored pixels become numbers in [0, 1]
dataset: a dataset, what is known of it before it is loaded, its split
digits: scikit-learn's digits
download: pinned files from mirrors, nothing bad is ever kept
errors: what can go wrong with images and their files
file_names: what the files of imported images are called
image_files: a user's own images: where the file is, what its values mean, its labels
imported: the data folder: sets of images that were imported, one folder each
left_out: images that a run leaves out, as its setting has them
mnist: MNIST and data like it: gzipped idx files
npy: the header of a .npy file, or what it is instead
palette: the few colours that stand for all in a set of pictures
pictures: which data are pictures, and arrays as picture files
ranges: sets of row numbers as ranges
rows: rows of an array that stays in its file, read only while that is as it was
sources: which datasets there are, loaded by name: DATASETS
synthetic: curves, glyphs and halves that are made, with exact facts
table: the table beside imported images, a row for each
"""
