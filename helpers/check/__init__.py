"""Answers to the exercises: `from helpers.check import chapter_01 as check`, then `check.ex1(...)`, `check.ex1.hint()`.

`exercise` knows the three outcomes, hints and solutions; `judge` holds the steps that judges share; each `chapter_NN`
judges its own exercises; `quiz` asks the questions of quizzes/NN.json.
"""
