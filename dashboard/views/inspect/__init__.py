"""The page Inspect: one module per part, named by the part's key, each with a function show(run, result).

blocks: what every part shares: a chart with its words and its data, refusals, the protocol
bounds: an image's cost beside simpler models, and tighter bounds
computing: the cards of the parts, computing what is cheap or asked for, and how far it is
inference_gap: the true posterior of one image against the encoder's q, and what the bound loses over all
kl_decomposition: the mean KL in three parts, and the KL per dimension over the epochs
outliers: contact sheets of the worst and strangest images
page: the page
prior_holes: where the encoder's cloud is thinner than the prior
rate_distortion: runs as points of rate and distortion, and the curve of a linear Gaussian model
"""
