"""Everything that depends on the language of whoever looks.

format: numbers, quantities and users' own words in a sentence
messages: what the core says, in that language
names: names of runs and classes
texts: the texts of locale/*.toml, and the language of the moment
"""
