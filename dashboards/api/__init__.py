"""REST doors of what people made: `/api/v1/analytics/insights` and its neighbours."""
