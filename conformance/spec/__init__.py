"""What is asked, and what a good answer is: the dialogue, the laws, and the interview."""
