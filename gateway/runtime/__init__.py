"""The running process: the pipeline and its commit, the clock, the gateway's own health, background threads."""
