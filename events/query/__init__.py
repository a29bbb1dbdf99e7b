"""Questions and their answers: pure functions of a tenant and a range, peers of the API and the pages."""
