"""Charts as inline SVG: one small function each, coloured by the page's style sheet."""
