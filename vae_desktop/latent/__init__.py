"""What one does in a trained space, one file for each thing."""
