"""The latent space: where images land, grids, projections, how busy a place is.

aggregate_posterior: how busy a place is beside places where images lie
latents: where images land, grids, mosaics, PCA, UMAP
spectra: principal axes of many images or of large ones
"""
