-- quarantine: one event that could not be stored, as it came
INSERT INTO quarantined_events
    (id, tenant_id, received_at, expires_at, door, key_id, reason, message, raw, raw_size, replay_result)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
