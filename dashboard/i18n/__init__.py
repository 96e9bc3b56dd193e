"""Everything that depends on the language of whoever looks.

texts: the texts of locale/*.toml, and the language of the moment
messages: what the core says, in that language
names: names of runs and classes
"""
