"""What is read of a user's own pictures, and no more: bounds against files that would fill the memory or never end."""

from __future__ import annotations

MB = 2**20
LEAST_PICTURES = 4  # one each to learn from, to choose the epoch by and to test on, and one more
MOST_FILES = 500_000  # of one folder or archive
MOST_BYTES = 64 * MB  # of one picture's file
MOST_PIXELS = 2**25  # of one picture, width times height: four bytes each while it is decoded
MOST_JPEG_PIXELS = 2**26  # of a JPEG, which is decoded at an eighth of its size where that is enough
MOST_DIRECTORY = 128 * MB  # bytes of an archive's own list of its files
MOST_TIMES, FREE_OF_IT = 200, 1024 * MB  # how much larger an archive may be unpacked, unless it is smaller than this in any case
MOST_LABELS = 64 * MB  # bytes of a file of labels
LONGEST_NAME = 1000  # letters of a path that are kept
LONGEST_SHOWN = 100  # letters of a name that a sentence repeats
BRIGHT = 204  # mean grey level of what is seen of pictures with opacity, from which on they are laid on black
