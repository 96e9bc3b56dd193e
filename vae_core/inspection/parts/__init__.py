"""What Inspect and Use compute of a run, one module per part: how it is computed, what is stored, and what the terminal prints.

anomaly: strangers among test images, by scores of the model and by simpler ways
bounds: -ELBO and tighter bounds, beside simpler models and published numbers
common: what a part is, and what several of them use
completion: test images of which a part is erased, completed by draws and by ways that need no network
compression: test images as bits without loss, beside general programs and picture formats
denoising: noise taken off test images, by redrawing them and by ways that need no network
editing: test images moved from one class towards another, along a latent vector and by adding mean pictures
features: the means of q as features, beside principal components and pixels, told by few labels
few_labels: classes told with a hundred labels and many images without
generation: pictures drawn anew, how like real ones they are, and the training image nearest to each
inference_gap: log p(x) by quadrature, and what the bound loses to the encoder and to the shape of q
kl_decomposition: KL per dimension over the epochs, and the mean KL in three parts
outliers: per image its cost, its density without it, its neighbours' labels, its duplicates
prior_holes: log q(z)/p(z), and the places that the prior draws from and no image lies near
rate_distortion: the rate-distortion curve of a linear Gaussian model, and where the run stands
redrawing: mean square error per image beside PCA of the same size, and of images learned from
registry: all parts by key
search: the nearest images by means of q, by principal components and by pixels
"""
