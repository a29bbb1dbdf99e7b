"""Load generators: light processes of their own, so that they take little of the machine they measure."""
