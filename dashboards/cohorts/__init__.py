"""Cohorts on pages: their names in forms and charts, their definitions as a form and as a sentence."""
