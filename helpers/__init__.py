"""The small module that the notebooks share. Each file is a lesson's code, moved here once a second lesson used it."""
