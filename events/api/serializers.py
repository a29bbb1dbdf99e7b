"""Shapes of bodies and answers, for the API's description. (Rows are rendered without them: they cost 40 µs each.)"""

from __future__ import annotations

from rest_framework import serializers

from events.models import Event
from events.query.rows import COLUMNS


class EventSerializer(serializers.ModelSerializer):
    tenant_id = serializers.UUIDField()

    class Meta:
        model = Event
        fields = list(COLUMNS)


class WindowSerializer(serializers.Serializer):
    since = serializers.DateTimeField()
    reason = serializers.CharField()


class EventPageSerializer(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EventSerializer(many=True)
    window = WindowSerializer(required=False, help_text="Where the search was bounded, and why")


class SentEventSerializer(serializers.Serializer):
    event_name = serializers.CharField(max_length=255)
    event_id = serializers.CharField(max_length=255, required=False, help_text="By it a retry is recognised")
    event_category = serializers.CharField(max_length=100, required=False)
    timestamp = serializers.DateTimeField(required=False, help_text="Or milliseconds since 1970; default: receipt")
    user_id = serializers.CharField(max_length=255, required=False)
    device_id = serializers.CharField(max_length=255, required=False)
    session_id = serializers.CharField(max_length=255, required=False)
    correlation_id = serializers.CharField(max_length=255, required=False)
    properties = serializers.DictField(required=False, help_text="At most 255 keys, 8 levels, 64 KB")
    page_url = serializers.CharField(required=False)
    referrer = serializers.CharField(required=False)
    user_agent = serializers.CharField(required=False)
    device_info = serializers.DictField(required=False)


class SingleSerializer(SentEventSerializer):
    sent_at = serializers.DateTimeField(required=False, help_text="Of the same clock as timestamp")
    api_key = serializers.CharField(required=False)


class ClientSerializer(serializers.Serializer):
    document_id = serializers.CharField(max_length=64)
    tracked = serializers.IntegerField()
    acked = serializers.IntegerField()
    dropped = serializers.DictField(child=serializers.IntegerField())


class BatchSerializer(serializers.Serializer):
    events = SentEventSerializer(many=True, help_text="At most 1,000; 5 MB after decompression")
    batch_id = serializers.CharField(max_length=255, required=False)
    sent_at = serializers.DateTimeField(required=False, help_text="Of the same clock as timestamp")
    api_key = serializers.CharField(required=False)
    client = ClientSerializer(required=False, help_text="The sender's own counters")


class VerdictSerializer(serializers.Serializer):
    result = serializers.ChoiceField(choices=["ok", "warning", "duplicate", "drop", "retry"])
    seq = serializers.IntegerField(required=False)
    reason = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


class SingleAnswerSerializer(VerdictSerializer):
    event_id = serializers.CharField()
    server_time = serializers.DateTimeField()


class BatchAnswerSerializer(serializers.Serializer):
    batch_id = serializers.CharField(allow_null=True)
    server_time = serializers.DateTimeField()
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = serializers.DictField(child=VerdictSerializer(), help_text="By event_id, or #index where none was sent")


class NameCountSerializer(serializers.Serializer):
    name = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    users = serializers.IntegerField()


class CategoryCountSerializer(serializers.Serializer):
    category = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    users = serializers.IntegerField()


class DayCountSerializer(serializers.Serializer):
    day = serializers.DateField()
    events = serializers.IntegerField()
    users = serializers.IntegerField()


class StatsSerializer(serializers.Serializer):
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    timezone = serializers.CharField()
    total_events = serializers.IntegerField()
    unique_users = serializers.IntegerField(help_text="Actors: the user when known, else the device")
    identified_users = serializers.IntegerField()
    unique_devices = serializers.IntegerField()
    sessions = serializers.IntegerField()
    events_by_name = NameCountSerializer(many=True)
    events_by_category = CategoryCountSerializer(many=True)
    events_by_day = DayCountSerializer(many=True)
    as_of_seq = serializers.IntegerField()


class SumsSerializer(serializers.Serializer):
    received = serializers.IntegerField(help_text="= ok + duplicate + dropped + quarantined")
    ok = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    dropped = serializers.IntegerField()
    quarantined = serializers.IntegerField()


class LedgerLineSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    door = serializers.CharField()
    key_id = serializers.UUIDField(allow_null=True)
    count = serializers.IntegerField()


class LedgerSerializer(serializers.Serializer):
    by = serializers.CharField()
    timezone = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    totals = SumsSerializer()
    lines = LedgerLineSerializer(many=True)
    series = serializers.ListField(child=serializers.DictField())
    reasons = serializers.ListField(child=serializers.DictField())
    doors = serializers.ListField(child=serializers.DictField())
    keys = serializers.ListField(child=serializers.DictField())
    clients = serializers.DictField()


class DashboardSerializer(serializers.Serializer):
    range = serializers.CharField()
    timezone = serializers.CharField()
    interval = serializers.ChoiceField(choices=["hour", "day"])
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    compare = serializers.CharField(allow_null=True)
    previous = serializers.DictField(allow_null=True)
    generated_at = serializers.DateTimeField()
    as_of_seq = serializers.IntegerField()
    kpis = serializers.DictField(
        help_text="events, users, sessions, page_views, bounce_rate, session_seconds: value, previous, change"
    )
    active_users = serializers.IntegerField(help_text="In the last five minutes")
    series = serializers.DictField()
    top_events = NameCountSerializer(many=True)
    pages = serializers.ListField(child=serializers.DictField())
    referrers = serializers.ListField(child=serializers.DictField())
    devices = serializers.ListField(child=serializers.DictField())
    browsers = serializers.ListField(child=serializers.DictField())
    os = serializers.ListField(child=serializers.DictField())
    countries = serializers.ListField(child=serializers.DictField())
    recent = serializers.ListField(child=serializers.DictField())
    errors = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]
    vitals = serializers.ListField(child=serializers.DictField())


class ConnectionSerializer(serializers.Serializer):
    connection_id = serializers.CharField()
    user_id = serializers.CharField(allow_null=True)
    connected_at = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    events = serializers.IntegerField()
    ip = serializers.CharField(allow_null=True)


class ConnectionsSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    by_user = serializers.ListField(child=serializers.DictField())
    connections = ConnectionSerializer(many=True)


class AnswerSerializer(serializers.Serializer):
    """What all answers share; the rest is the kind's own."""

    kind = serializers.CharField()
    as_of_seq = serializers.IntegerField()
    timing_ms = serializers.FloatField()
    cached = serializers.BooleanField(required=False)


class WordsSerializer(serializers.Serializer):
    """What people say of a name; what is left out stays as it is."""

    description = serializers.CharField(max_length=1000, allow_blank=True, required=False)
    hidden = serializers.BooleanField(required=False, help_text="Left out of pickers")
    verified = serializers.BooleanField(required=False)


class KnownNameSerializer(WordsSerializer):
    name = serializers.CharField()
    kind = serializers.CharField(help_text="event, property or profile")
    volume = serializers.IntegerField(help_text="Events of the last 30 days with it")
    first_seen = serializers.DateTimeField(allow_null=True)
    last_seen = serializers.DateTimeField(allow_null=True)
    types = serializers.ListField(child=serializers.CharField())
    examples = serializers.ListField(child=serializers.CharField(), help_text="At most 5 values, cut at 100 characters")
    events = serializers.ListField(child=serializers.CharField(), help_text="Where a property occurs, at most 20")


class NamesSerializer(serializers.Serializer):
    results = KnownNameSerializer(many=True)
    total = serializers.IntegerField()
    capped = serializers.BooleanField()
    sampled = serializers.BooleanField()
    as_of_seq = serializers.IntegerField()
