"""Asks a trained network what its filters look for and which pixels decide, on every Keras backend (chapter 08)."""

from helpers.backend.gradients import value_and_gradient
from helpers.interpret.filters import maximize_filters
from helpers.interpret.maps import attributions, class_scores, grad_cam, integrated_gradients, occlusion, saliency

__all__ = [
    "attributions",
    "class_scores",
    "grad_cam",
    "integrated_gradients",
    "maximize_filters",
    "occlusion",
    "saliency",
    "value_and_gradient",
]
