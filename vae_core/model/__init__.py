"""The VAE and what is minimised: networks, p(x|z), p(z), q(z|x), objectives.

architectures: encoders and decoders as lists of layers: NETWORKS
dense: dense layers, whose products oneDNN takes where it is faster
effective_beta: which beta somebody else's loss amounts to
kl_schedules: how the weight of the KL rises: SCHEDULES
layer_list: the layers of a network as the browser runs them
likelihoods: p(x|z): LIKELIHOODS
networks: encoders and decoders as torch modules
objectives: what is minimised: OBJECTIVES
posterior: q(z|x), the only reparameterisation
priors: p(z): PRIORS
trained: its model, once the weights are known to fit its settings
vae: encode, decode, the terms of the ELBO
weights: what model.safetensors holds, read without torch
"""
