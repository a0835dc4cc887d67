"""Files of time that people bring along: what is in them, line by line, without any I/O.

A file is read twice: `survey` sees what the whole of it says (how many entries, whose, which way
round its dates are), `read` gives an entry or a refusal for each line. Both take an iterator and
keep no more than a line.
"""
