"""Stands in for the module that only Colab has, so that the set-up cell and the lessons find themselves in Colab."""
