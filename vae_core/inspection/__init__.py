"""What the page Inspect shows of a finished run: computed once, stored with it.

parts: what Inspect computes of a run: PARTS
store: computed once, in a process of its own, stored, watched, read
stored: the same of the parts of Inspect
subject: a run, a part of its images, and what is at hand of them
words: what it found, and a run's results, for the terminal
"""
