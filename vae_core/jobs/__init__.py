"""The queue of runs that pages ask for, and the worker that trains them.

cost_estimate: how long a run will take, and how much memory
queue: the queue: start, pause, rename, delete; the worker that trains
warmup: the worker warms up and measures this machine
"""
