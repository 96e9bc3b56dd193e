"""Parts of a page that several pages show.

live_map: the live map, and where its point goes
map_sets: sets of test images on the live map
point_choice: the choice on the film and on Compare's maps
reconstructions: test images beside what the model redraws of them
run_notes: sentences about a run
set_signs: marked sets on the other views
stage_look: the look of the landing page
thumbnails: pictures of test images, real ones and redrawn ones
umap_request: the way to a UMAP that a run does not have yet
"""
