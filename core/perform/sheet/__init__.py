"""Sheet music: what a page says (score), how it is written (values, spelling, beams), and how it is drawn."""
