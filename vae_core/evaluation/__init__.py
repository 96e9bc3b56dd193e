"""Numbers on a trained model, and the closed forms that they are checked against.

closed_forms: closed forms that the rest is checked against
inference_gap: what the ELBO loses: amortisation, approximation
kl_decomposition: the KL in three parts
marginal_likelihood: log p(x) by refined quadrature
outliers: worst and strangest images, duplicates
paired: two runs on the same images: paired differences, maps laid on one another
posterior_grid: the exact posterior of one image, small enough for a browser
prior_holes: places that the prior draws from and no image lies near
published_results: numbers that others published, with their protocol
quadrature: cubic convolution, Gauss-Hermite quadrature
rate_distortion: runs as points of rate and distortion, Shannon's curve
scoring: test scores, IWAE, references
spectra: principal axes of many images or of large ones
summary: what a finished run's summary may be shown to say
"""
