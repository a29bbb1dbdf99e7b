-- by_pair: kinds of all entries about two ids, either way round, the newest first
SELECT kind FROM identity_links
WHERE tenant_id = %(tenant)s AND source IN (%(a)s, %(b)s) AND target IN (%(a)s, %(b)s) ORDER BY version DESC
