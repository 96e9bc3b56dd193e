"""The page Train.

form: the settings of a run as a form
monitor: a run while it waits, trains, rests or is done
narration: what happens while a run trains, in sentences
new_run: a new run, and order among those that are there
page: the page
"""
