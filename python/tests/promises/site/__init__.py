"""The site whose passwords are guessed."""
