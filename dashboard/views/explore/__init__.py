"""The pages of Explore: one workspace, laid out in four ways.

chosen: what the images are that were chosen on the map
chosen_again: training again without them, or on them alone
chosen_answers: what they answer, computed once
chosen_files: their pictures, and themselves as files
chosen_tables: their classes, costs and columns beside those of others
page: the live map, the latent scatter, the manifold grid and sampling
"""
