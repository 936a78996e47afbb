"""From a profile and a plan's own limits to the rule that judges a control."""
