"""The queue of runs that pages ask for, and the worker that trains them.

cost_estimate: how long a run will take, and how much memory
folder: the folder of runs: its lock, what waits, what the worker is doing
queue: what a page may ask: enqueue, pause, resume, rename, delete
warmup: what the worker does first: imports, one step, the speed of this machine
worker: the process that trains what waits
"""
