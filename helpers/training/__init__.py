"""What training needs beside Keras: augmentation, and loops in PyTorch."""
