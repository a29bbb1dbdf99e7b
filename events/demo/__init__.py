"""Demo traffic: a research platform's 90 days, the same for one seed and one first day.

A person's life is drawn when they first come (`people.py`) and played visit by visit (`visits.py`);
`traffic.py` streams the days in order, `load.py` sends them through the real pipeline.

With the default number of people, for those who first came more than two weeks ago:

    landing 100% → pricing 64% → signup_started 46% → signup_completed 37% → project_created 28%
    → first_search 20%

Of those who signed up, about 59% are back in the first week after (day 1 to 7), 30% in the second,
18% in the fourth and 11% in the eighth. In all 16,400 visitors, 6,000 of them with an account, and
275,000 events; errors rise from day 61 to 63, when a bad release is out.
"""
