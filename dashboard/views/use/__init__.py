"""The page Use: one module per application, named by its key, each with a function show(run, result).

compression: test images as bits, beside general programs and picture formats
page: the page
"""
