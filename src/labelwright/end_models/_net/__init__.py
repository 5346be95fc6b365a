"""The parts of the noise-aware net: what it reads, how it trains, what it keeps on disk."""
