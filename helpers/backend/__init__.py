"""What knows the backends of Keras: importing it quietly, gradients, the number format that is fastest here."""
