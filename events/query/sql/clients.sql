-- clients: what senders say of themselves, of those heard of in the range
SELECT document_id, tracked, acked, dropped, first_seen, last_seen
FROM client_reports
WHERE tenant_id = %(tenant_id)s AND last_seen >= %(since)s AND last_seen < %(until)s
ORDER BY last_seen DESC LIMIT %(newest)s
