"""The page Use: one module per application, named by its key, each with a function show(run, result), and the page itself.

anomaly: strangers among test images, and a threshold of one's own
completion: pictures of which a part is erased, completed
by_hand: a test image to try something on by hand
compression: test images as bits, beside general programs and picture formats
denoising: noise taken off test images
editing: test images moved from one class, or one kept set, towards another
features: latent numbers beside principal components and pixels, told by few labels
few_labels: classes told with a hundred labels and many images without
generation: pictures drawn anew, each beside the nearest training image
page: the page
search: the nearest images, judged by their classes
"""
