"""Cohorts: people by what they did and what is known of them, or a fixed list; a filter and a breakdown everywhere.

types.py       what a definition may say
members_sql.py a definition → a statement of `who`
references.py  the cohorts that a question names, read before it is asked
people.py      size and members as questions
making.py      new ones, frozen copies, cohorts out of the people behind a number
"""
