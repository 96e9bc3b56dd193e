"""What a history tells: events of training, and what to try next.

advice: what to try next, from the numbers of a finished run
events: what happened during training: the bend, a dip, units that wake
"""
