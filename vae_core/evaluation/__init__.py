"""Numbers on a trained model, and the closed forms that they are checked against.

baselines: simpler models on the same images
bits_back: images as bits, without loss
class_priors: a generative classifier on a trained model: a prior for each class
closed_forms: closed forms that the rest is checked against
completion: pictures of which a part is erased, completed
compressed_images: test images of a run as one file of bits, and back
denoisers: ways to take noise off pictures that need no network
detection: how well a score tells strangers from the known
editing: pictures moved from one set of images towards another, and what judges what else has changed
importance: the IWAE bound and the draws that it rests on
inference_gap: what the ELBO loses: amortisation, approximation
kl_decomposition: the KL in three parts
known_columns: the columns of a run, and what its images cost other runs
label_probe: how well classes are told from features by few labels
lossless_codecs: what general programs and picture formats make of images
marginal_likelihood: log p(x) by refined quadrature
memorisation: whether drawn pictures are training images learned by heart
neighbours: whether the nearest images are of the same class, and how far away they are
outliers: worst and strangest images, duplicates
paired: two runs on the same images: paired differences, maps laid on one another
posterior_grid: the exact posterior of one image, small enough for a browser
prior_holes: places that the prior draws from and no image lies near
published_results: numbers that others published, with their protocol
quadrature: cubic convolution, Gauss-Hermite quadrature
rate_distortion: runs as points of rate and distortion, Shannon's curve
sample_quality: precision, recall, density and coverage of drawn pictures
scoring: the negative ELBO of images and the scores that a run keeps
selected: what a set of test images answers: classes, costs, columns, pictures, the way to another set
selected_images: chosen images as a file to train on
selected_table: chosen test images as a table: CSV, Parquet
similar_images: whether the nearest images are of the same class
strangers: images of a kind that a model never learned
stored_results: what of a finished run's stored results may be shown
"""
