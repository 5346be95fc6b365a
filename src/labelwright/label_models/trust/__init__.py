"""Whether to trust a fitted label model: what the votes can support, and what the model made of them."""
