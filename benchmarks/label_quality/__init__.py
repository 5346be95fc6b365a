"""The parts of `label_quality.py`: how good label models are, measured on any votes with gold labels."""
