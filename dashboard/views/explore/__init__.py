"""The pages of Explore: one workspace, laid out in four ways.

page: the live map, the latent scatter, the manifold grid and sampling
"""
