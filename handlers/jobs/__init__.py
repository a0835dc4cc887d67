"""Background work: the single steps that the loops of the process call."""
