"""The pages: a file each, or a folder with what only that page needs beside its page.py.

explore: the live map with every layer
film: the training film
home: the landing page
latent: where the encoder puts each test image
manifold: what the model draws at each place
sample: a picture drawn from chosen numbers
"""
