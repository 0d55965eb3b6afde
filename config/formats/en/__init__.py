"""Ours for English, in place of Django's."""
