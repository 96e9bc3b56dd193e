"""What a run's history and numbers show, and what to try next.

advice: what to try next, from the numbers of a finished run
events: what happened during training: the bend, a dip, units that wake
trends: which way the curves of a run move while it trains
"""
