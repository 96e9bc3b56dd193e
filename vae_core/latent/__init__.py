"""The latent space: where images lie, grids, projections, the aggregate posterior.

aggregate_posterior: log q(z)/p(z), and how a place compares with places of test images
grids: axes over the latent space, and pictures decoded on them
inference: many images through an encoder, many points through a decoder: a network's, or an atlas of stored pictures
latents: where a set of images lies: their posteriors
linear_probe: what a linear probe gets wrong of each image
projections: principal axes, UMAP, one map laid on another
regions: which points lie in a polygon, near a place, far out
separation: which flat view keeps the classes apart best
spectra: eigenvalues of the covariance of many or large images
"""
