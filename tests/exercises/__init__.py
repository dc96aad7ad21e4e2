"""Answers to the exercises, right, unusual and wrong, each with the outcome and the sentence that must come of it."""
