"""What the page Inspect shows of a finished run: computed once, stored with it.

autoencoder: a plain autoencoder beside a run, at hand or trained briefly
duration: how long a part takes
parts/: one module per part: how it is computed, stored and printed
process: parts are computed in a process of its own: started, watched, stopped
result: what a part found of a run, as it was stored
rules: rules that choose test images of a run
store: what was computed, stored and read
subject: a run, a part of its images, and what is at hand of them
"""
