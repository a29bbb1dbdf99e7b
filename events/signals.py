"""What other apps may want to know of: they listen, and nothing here knows of them."""

from django.dispatch import Signal

# each time the demo's traffic was loaded: `tenant` (a TenantConfig) and `first`, the traffic's first day
demo_loaded = Signal()
