"""Segments: immutable Parquet files per tenant, cut from committed rows by a background job.

columns.py  what stands in a file, and how it is read out of PostgreSQL
promoted.py which properties get a column of their own in a file
slices.py   rows, by way of CSV files, into new files; of a backlog several slices at a time
copying.py  rows out of PostgreSQL into a CSV file, by the server itself where it can
files.py    rows → Parquet files, atomically; raw or finished
manifest.py which files there are; locks; the watermark
cut.py      committed rows above the watermark → new files
merge.py    small files of a month → one
verify.py   silent damage; rebuild.py: repair from PostgreSQL; clean.py: files nobody needs any more
maintenance.py all of it for every tenant: the background jobs
"""
