"""From settings to a finished run.

checkpoints: tensors and facts from which training resumes bit for bit
distributed: one process or many: Lightning Fabric
divergence: which number of a step was the first that is not finite
interrupts: signals and requests to pause or finish
lr_schedules: the learning rate at every step: RATES
preflight: do the settings fit each other and the data? Told before the start, without torch
reporter: what a caller can be notified of while training runs
results: what a finished run keeps of its test images
runner: from settings to a finished run
snapshots: the frames of the training film
trainer: the training loop
validation: held-out images after each epoch pick the weights to keep
wrapped_loss: VAE and objective as one module: images in, loss out
"""
