"""What `mnistlab` on the command line does."""
