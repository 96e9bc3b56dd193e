"""Arrays in, figure out (Plotly's, or HTML where pictures are links); knows nothing of Streamlit.

anomaly: strangers among test images
bounds: what an image costs, beside simpler models and by tighter bounds
colours: the colours of classes
completion: the error that ways to complete a picture leave
compression: what an image takes in bits without loss
contact_sheet: pictures side by side
denoising: the error that ways to take off noise leave
editing: what edited pictures are taken for, and what redrawing them costs
example_tile: a few pictures as one PNG
feature_scores: how well several kinds of features do
few_labels: ways to tell classes by few labels
generation: pictures drawn in several ways, by how like real ones they are
kl_decomposition: where the nats of the KL go
loss_curves: losses epoch by epoch
miniatures: what was found for a part of Inspect, as small as a stamp
picture_sheet: pictures in rows that fit any screen
prior_holes: the aggregate posterior against the prior
reconstructions: images, what a model redraws of them, and the difference, as HTML
ranking: numbers of several ways to do the same, a row each
rate_distortion: rate and distortion of several runs
run_overlay: losses of several runs over one another
theme: what all figures share
"""
