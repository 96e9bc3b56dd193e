"""From settings to a finished run.

beforehand: do the settings fit, told before the start and without torch
checkpoints: checkpoints: everything to go on bit for bit
distributed: one process or many: Lightning Fabric
interrupts: signals, pauses, numbers that are not finite
lr_schedules: the learning rate at every step: RATES
preflight: do the settings suit the data?
results: what a finished run keeps of its test images
runner: from settings to a finished run
snapshots: the frames of the training film
trainer: the training loop
validation: held-out images after each epoch pick the weights to keep
"""
