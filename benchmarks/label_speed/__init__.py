"""The parts of `label_speed.py`: what is timed, in which process, and how it is told."""
