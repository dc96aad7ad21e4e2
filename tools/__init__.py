"""What the Makefile calls: keeping notebooks in step, running them, writing figures, measuring."""
