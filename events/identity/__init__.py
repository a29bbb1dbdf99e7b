"""Who is who: links between ids, profiles."""
