"""What pairs and triples of votes tell."""
