"""Answers to the exercises: `from exercises import chapter_01 as check`, then `check.ex1(...)`, `check.ex1.hint()`.

`exercise` knows the three outcomes, hints and solutions; `judge` holds the steps that judges share; `quiz` asks the
questions. A folder for each chapter holds its judges and, in solutions/, its text and the answers that test the judges:
who hands the course out without solutions leaves the folders of that name out.
"""
