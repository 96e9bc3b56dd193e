"""What pages share while somebody looks at them.

state: the language, the run and the point that were chosen, the address, cached loaders
"""
