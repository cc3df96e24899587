"""A person's own take set on the band's grid: cleaned, in tune, in time, and still theirs."""
