"""What a failure is: its status, codes and words, and the kind that follows from them."""
