-- clients_total: their sums, reasons of what they dropped included
SELECT NULL AS reason, count(*) AS documents, coalesce(sum(tracked), 0)::bigint AS tracked,
       coalesce(sum(acked), 0)::bigint AS acked, NULL::bigint AS dropped
FROM client_reports
WHERE tenant_id = %(tenant_id)s AND last_seen >= %(since)s AND last_seen < %(until)s
UNION ALL
SELECT reason, NULL, NULL, NULL, sum(number::bigint)::bigint
FROM client_reports, jsonb_each_text(dropped) AS part (reason, number)
WHERE tenant_id = %(tenant_id)s AND last_seen >= %(since)s AND last_seen < %(until)s
GROUP BY reason
