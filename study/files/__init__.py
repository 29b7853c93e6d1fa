"""Files of a checkout: where they are, how they are read and replaced, what is said of a bad one."""
