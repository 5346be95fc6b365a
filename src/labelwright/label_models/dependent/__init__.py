"""What label models make of dependencies between labeling functions."""
