"""Parts of a page that several pages show.

latent_sliders: one slider per latent dimension
live_map: the live map, and where its point goes
projection: ways to see a latent space on a flat page
reconstructions: test images beside what the model redraws of them
run_notes: sentences about a run
stage_look: the look of the landing page
thumbnails: pictures of test images, real ones and redrawn ones
"""
