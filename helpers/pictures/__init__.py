"""Pictures of cats and dogs: found, downloaded, looked through, or drawn (chapters 06 to 08)."""
