"""The builder of questions: a form and the object of `POST query`, each made from the other.

    URL ──reading──▶ question ──draft──▶ form fields ──draft──▶ question ──compact──▶ URL

What a form shows is a *draft*: it may hold rows that are not filled in yet, which a question can't.
"""
