"""REST: paths and bodies parsed into one typed command, one call, one answer."""
