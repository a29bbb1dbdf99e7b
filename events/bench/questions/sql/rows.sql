-- rows: events $first to $last of the skeleton as the columns of analytics_events
SELECT (left(ms, 8) || '-' || right(ms, 4) || '-7' || digits[1:3] || '-8' || digits[4:6] || '-' || digits[7:18])::UUID AS id,
       seq,
       left(ms, 8) || '-' || right(ms, 4) || '-7' || digits[7:9] || '-9' || digits[10:12] || '-' || digits[13:24]
           AS event_id,
       $tenant::UUID AS tenant_id,
       CASE WHEN known THEN person::UUID END AS user_id,
       CASE WHEN known THEN person::UUID::VARCHAR ELSE device END AS distinct_id,
       device AS device_id,
       md5('v' || v)::UUID::VARCHAR AS session_id,
       event_name,
       CASE WHEN event_name IN ('page_view', 'page_leave') THEN 'navigation' WHEN event_name = 'click' THEN 'interaction'
            WHEN event_name IN ('error', 'web_vital') THEN 'quality' ELSE 'feature' END AS event_category,
       '{"plan": "' || plan || '", "release": "4.' || (3 + p % 5) || '.0", ' || CASE event_name
           WHEN 'page_view' THEN '"path": "' || path || '", "name": "' || path[2:] || '", "title": "' || path[2:] || ' – OpenBioCure"'
           WHEN 'page_leave' THEN '"visible_ms": ' || dice % 90000
           WHEN 'click' THEN '"action": "click", "element": "button", "element_id": "create-' || dice % 40 || '"'
           WHEN 'web_vital' THEN '"metric": "' || ['LCP', 'INP', 'CLS', 'FCP'][1 + dice % 4] || '", "value": ' || dice % 4000 || ', "rating": "good"'
           WHEN 'literature_search' THEN '"query": "' || ['BRCA1 variant', 'CRISPR off-target', 'gut microbiome', 'TP53 missense', 'long covid'][1 + dice % 5] || '", "results": ' || dice % 900 || ', "ms": ' || dice % 2500
           WHEN 'dataset_opened' THEN '"kind": "' || ['rna-seq', 'proteomics', 'imaging', 'genotypes'][1 + dice % 4] || '", "rows": ' || dice % 100000
           WHEN 'error' THEN '"type": "TypeError", "message": "dataset.columns.map is not a function", "handled": false'
           WHEN '$identify' THEN '"$set": {"plan": "' || plan || '", "role": "researcher"}'
           ELSE '"project_id": "p-' || p || '", "position": ' || dice % 20 END || '}' AS properties,
       ts AT TIME ZONE 'UTC' AS timestamp,
       'https://app.openbiocure.example' || path AS page_url,
       CASE WHEN k = 0 THEN ['', 'https://www.google.com/', 'https://github.com/', 'https://scholar.google.com/'][1 + dice % 4]
            ELSE 'https://app.openbiocure.example/dashboard' END AS referrer,
       agent[1] AS user_agent,
       '{"browser": "' || agent[2] || '", "browser_version": "142", "os": "' || agent[3] || '", "device_type": "' || agent[4]
           || '", "screen_width": 1920, "screen_height": 1080, "language": "en-GB"}' AS device_info,
       'c-' || v AS correlation_id,
       'b-' || seq // 20 AS batch_id,
       received AT TIME ZONE 'UTC' AS created_at,
       received AT TIME ZONE 'UTC' AS processed_at
FROM (
    SELECT *, lpad(lower(hex(epoch_ms(ts))), 12, '0') AS ms, md5('e' || e) AS digits, md5('p' || p) AS person,
           md5('d' || p || on_phone)::UUID::VARCHAR AS device, (hash(e * 3) // 4)::BIGINT AS dice,
           ['free', 'free', 'free', 'team', 'academic', 'enterprise'][1 + p % 6] AS plan,
           ['/dashboard', '/projects', '/projects/overview', '/literature', '/datasets', '/notebooks', '/settings', '/pricing']
               [1 + (dice >> 8) % 8] AS path,
           CASE WHEN on_phone THEN
               ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1', 'Safari', 'iOS', 'mobile']
           ELSE [
               ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', 'Chrome', 'Windows', 'desktop'],
               ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', 'Chrome', 'Mac OS X', 'desktop'],
               ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15', 'Safari', 'Mac OS X', 'desktop'],
               ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox', 'Linux', 'desktop'],
               ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0', 'Edge', 'Windows', 'desktop']
           ][1 + p % 5] END AS agent
    FROM skeleton WHERE seq BETWEEN $first AND $last
)
ORDER BY seq
