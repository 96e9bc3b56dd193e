"""What a viewer has chosen, kept from page to page.

address: language, run, point and layout in the address
background: work in a thread of its own
cache: cached loaders of what a run has stored, and of what its model draws
choice: the test images that are chosen now, and the steps back
errors: one sentence in place of a traceback
language: the language that the pages speak
navigation: the pages as Streamlit knows them
point: the latent point z
run_choice: the run picker
server_log: a visitor who leaves is no fault in it
widget_state: values of widgets that outlive a change of language
workspace: how the pages of Explore are laid out
"""
