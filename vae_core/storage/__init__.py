"""Files on the disk, written whole or not at all, and believed only after a look.

files: written beside and renamed, hashed; no pickle
reading: the one gate through which stored files are read
shapes: what stored JSON and arrays must look like
"""
