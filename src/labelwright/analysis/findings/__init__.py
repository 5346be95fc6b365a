"""The findings behind `advice`: one file for votes, one for accuracies, one for models."""
