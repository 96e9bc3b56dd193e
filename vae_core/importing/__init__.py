"""A user's own images, from whatever holds them, into the data folder; see also data/imported.py, which reads what lies there.

answers: what people write about an import, understood
archive: the arrays in an .npz file
array_file: images in .npy and .npz files
columns: columns from anywhere as a table that everybody can read
crew: processes that decode pictures on all cores
csv_columns: which columns of a CSV file are pixels, labels and others
csv_pixels: images in a CSV file, one a row
csv_sheet: the first lines of a CSV file, and its rows some at a time
decoder_process: what is done to files of pictures, here or in a process of its own
decoding: the pixels of one picture's file
files: the files of a folder, by number
fitting: images brought to one size and one kind of colour
idx_pair: images in idx files, with their labels
idx_stack: the array of an idx file
label_file: labels in a file of their own
labels: labels of any kind as classes with names
layout: where height, width and channels stand in the shape of an array
limits: what is read of pictures, and no more
number_source: what readers of numbers share
parquet_file: images in Parquet files, of whichever kind
parquet_numbers: images in Parquet files as lists of numbers
parquet_pictures: images in Parquet files as files of pictures
parquet_rows: the pictures of a column, by row
parquet_shards: Parquet files that belong together, and what their columns are
picture_facts: what is said of pictures before they are imported
picture_folder: a folder of pictures
picture_folders: what the folders that pictures lie in mean
picture_head: the head of one picture's file, and its bounds
picture_labels: labels of pictures in a file beside them
picture_source: files of pictures as images, wherever they lie
picture_zip: a zip archive of pictures
pixel_columns: columns of one pixel each, by their names
preview: what an import would bring, seen before anything is written
registry: who reads what, and the sentence for what nobody reads
roles: which arrays of an archive are images, and which are labels
side_table: a table that somebody keeps beside the images
source: what every reader of images offers, and what is known of a source before anything is written
stacks: images as numbers, read in order or by row
stored: images that were imported already, as a source
suggestion: settings that make a good first map of what was seen, and why
values: what the numbers in images mean, and how they are stored
writer: from a source into the data folder, whole or not at all
zip_files: the files of a zip archive, read where they lie
"""
