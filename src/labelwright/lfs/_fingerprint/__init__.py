"""What makes two labeling functions the same: their code, and the data that they use."""
