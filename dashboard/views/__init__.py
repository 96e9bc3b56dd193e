"""The pages: a file each, or a folder with what only that page needs beside its page.py.

film: the training film
home: the landing page
unknown: what stands at an address that is that of no page
"""
