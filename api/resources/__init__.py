"""One file a resource: each makes the router that serves it."""
